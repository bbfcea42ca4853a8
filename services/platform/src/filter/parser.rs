//! Builds the tree of a filter by recursive descent, within the caps on length, depth and size.

use super::lexer::{Lexer, Token, unexpected};
use super::syntax::{Comparison, Expr};
use super::{FilterError, FilterProblem, MAX_BYTES, MAX_COMPARISONS, MAX_DEPTH};

/// The tree, or none for blank text.
pub(super) fn parse(text: &str) -> Result<Option<Expr>, FilterError> {
    if text.len() > MAX_BYTES {
        return Err(FilterError::at(1, FilterProblem::TooLong));
    }
    let mut lexer = Lexer::new(text);
    let (token, at) = lexer.token()?;
    if token == Token::End {
        return Ok(None);
    }
    let mut parser = Parser { lexer, token, at, depth: 0, comparisons: 0 };
    let root = parser.expression()?;
    match &parser.token {
        Token::End => Ok(Some(root)),
        Token::Open
        | Token::Close
        | Token::Minus
        | Token::And
        | Token::Or
        | Token::Not
        | Token::Field(_)
        | Token::Quoted => Err(parser.refuse("AND, OR or the end")),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    at: usize,
    depth: usize,
    comparisons: usize,
}

impl Parser<'_> {
    fn expression(&mut self) -> Result<Expr, FilterError> {
        let parts = self.joined(&Token::And, Self::factor)?;
        Ok(single_or(parts, Expr::And))
    }

    fn factor(&mut self) -> Result<Expr, FilterError> {
        let parts = self.joined(&Token::Or, Self::term)?;
        Ok(single_or(parts, Expr::Or))
    }

    fn joined(
        &mut self,
        joint: &Token,
        part: impl Fn(&mut Self) -> Result<Expr, FilterError>,
    ) -> Result<Vec<Expr>, FilterError> {
        let mut parts = vec![part(self)?];
        while self.token == *joint {
            self.advance()?;
            parts.push(part(self)?);
        }
        Ok(parts)
    }

    fn term(&mut self) -> Result<Expr, FilterError> {
        if matches!(self.token, Token::Not | Token::Minus) {
            self.advance()?;
            return Ok(Expr::Not(Box::new(self.simple()?)));
        }
        self.simple()
    }

    fn simple(&mut self) -> Result<Expr, FilterError> {
        match std::mem::replace(&mut self.token, Token::End) {
            Token::Open => self.enclosed(),
            Token::Field(field) => self.comparison(field),
            token @ (Token::Close
            | Token::Minus
            | Token::And
            | Token::Or
            | Token::Not
            | Token::Quoted
            | Token::End) => {
                Err(unexpected(self.at, "a comparison (field = value)", token.describe()))
            }
        }
    }

    fn enclosed(&mut self) -> Result<Expr, FilterError> {
        if self.depth == MAX_DEPTH {
            return Err(FilterError::at(self.at, FilterProblem::TooDeep));
        }
        self.depth += 1;
        self.advance()?;
        let inner = self.expression()?;
        if self.token != Token::Close {
            return Err(self.refuse("AND, OR or \")\""));
        }
        self.depth -= 1;
        self.advance()?;
        Ok(inner)
    }

    fn comparison(&mut self, field: String) -> Result<Expr, FilterError> {
        if self.comparisons == MAX_COMPARISONS {
            return Err(FilterError::at(self.at, FilterProblem::TooMany));
        }
        self.comparisons += 1;
        let field_at = self.at;
        let operator = self.lexer.operator()?;
        let (literal, literal_at) = self.lexer.literal()?;
        self.advance()?;
        Ok(Expr::Compare(Comparison { field, field_at, operator, literal, literal_at }))
    }

    fn advance(&mut self) -> Result<(), FilterError> {
        (self.token, self.at) = self.lexer.token()?;
        Ok(())
    }

    fn refuse(&self, expected: &'static str) -> FilterError {
        unexpected(self.at, expected, self.token.describe())
    }
}

fn single_or(mut parts: Vec<Expr>, join: impl Fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}
