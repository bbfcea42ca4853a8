//! Cuts a filter into tokens. What may stand in a value differs from what may stand elsewhere, so the
//! parser asks for the kind of token that it expects.

use super::syntax::{Literal, Operator};
use super::{FilterError, FilterProblem, excerpt};

/// A token where a term begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    Minus,
    And,
    Or,
    Not,
    Field(String),
    Quoted,
    End,
}

impl Token {
    /// For messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Open => "\"(\"".to_owned(),
            Self::Close => "\")\"".to_owned(),
            Self::Minus => "\"-\"".to_owned(),
            Self::And => "AND".to_owned(),
            Self::Or => "OR".to_owned(),
            Self::Not => "NOT".to_owned(),
            Self::Field(name) => excerpt(name),
            Self::Quoted => "quoted text".to_owned(),
            Self::End => "the end".to_owned(),
        }
    }
}

/// A place in the text.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    rest: &'a str,
    position: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, position: 1 }
    }

    /// The place of the next character after white space, counted from 1.
    pub(super) fn place(&mut self) -> usize {
        while self.peek().is_some_and(char::is_whitespace) {
            self.bump();
        }
        self.position
    }

    /// The next token between comparisons, and its place.
    pub(super) fn token(&mut self) -> Result<(Token, usize), FilterError> {
        let at = self.place();
        let token = match self.peek() {
            None => Token::End,
            Some('(') => self.consume(Token::Open),
            Some(')') => self.consume(Token::Close),
            Some('-') => self.consume(Token::Minus),
            Some('"' | '\'') => self.consume(Token::Quoted),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                match self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')) {
                    "AND" => Token::And,
                    "OR" => Token::Or,
                    "NOT" => Token::Not,
                    name if name.split('.').any(str::is_empty) => {
                        return Err(unexpected(at, "a dotted field path", excerpt(name)));
                    }
                    name => Token::Field(name.to_owned()),
                }
            }
            Some(c) => return Err(unexpected(at, "a field", excerpt(&c.to_string()))),
        };
        Ok((token, at))
    }

    /// The operator after a field.
    pub(super) fn operator(&mut self) -> Result<Operator, FilterError> {
        const OPERATORS: [Operator; 7] = [
            Operator::NotEqual,
            Operator::LessOrEqual,
            Operator::GreaterOrEqual,
            Operator::Equal,
            Operator::Less,
            Operator::Greater,
            Operator::Has,
        ];
        let at = self.place();
        for operator in OPERATORS {
            if self.rest.starts_with(operator.symbol()) {
                for _ in operator.symbol().chars() {
                    self.bump();
                }
                return Ok(operator);
            }
        }
        Err(unexpected(at, "one of = != < <= > >= :", self.here()))
    }

    /// The value after an operator, and its place.
    pub(super) fn literal(&mut self) -> Result<(Literal, usize), FilterError> {
        let at = self.place();
        let literal = match self.peek() {
            Some(quote @ ('"' | '\'')) => Literal::Quoted(self.quoted(quote, at)?),
            Some('*') => self.consume(Literal::Any),
            _ => match self.take(is_bare) {
                "" => return Err(unexpected(at, "a value (quote other characters)", self.here())),
                word @ ("AND" | "OR" | "NOT") => {
                    return Err(unexpected(at, "a value", word.to_owned()));
                }
                word => Literal::Bare(word.to_owned()),
            },
        };
        match self.peek() {
            None | Some('(' | ')') => {}
            Some(c) if c.is_whitespace() => {}
            Some(c) => {
                let found = excerpt(&c.to_string());
                return Err(unexpected(self.position, "a space (or quote the value)", found));
            }
        }
        Ok((literal, at))
    }

    fn quoted(&mut self, quote: char, at: usize) -> Result<String, FilterError> {
        self.bump();
        let mut text = String::new();
        loop {
            let here = self.position;
            match self.bump() {
                None => return Err(FilterError::at(at, FilterProblem::Unclosed)),
                Some('\0') => return Err(FilterError::at(here, FilterProblem::Nul)),
                Some(c) if c == quote => return Ok(text),
                Some('\\') => text.push(match self.bump() {
                    Some(c @ ('\\' | '"' | '\'')) => c,
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    _ => return Err(FilterError::at(here, FilterProblem::Escape)),
                }),
                Some(c) => text.push(c),
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        self.position += 1;
        Some(c)
    }

    fn consume<T>(&mut self, value: T) -> T {
        self.bump();
        value
    }

    fn take(&mut self, accepted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !accepted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.position += taken.chars().count();
        taken
    }

    fn here(&self) -> String {
        self.peek().map_or_else(|| "the end".to_owned(), |c| excerpt(&c.to_string()))
    }
}

/// Whether a character may stand in a value without quotes.
pub(super) fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '+' | '/' | '@' | '#')
}

pub(super) fn unexpected(at: usize, expected: &'static str, found: String) -> FilterError {
    FilterError::at(at, FilterProblem::Unexpected { expected, found })
}
