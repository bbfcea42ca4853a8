//! Chapter 2: every customer gets a grade that explains itself; one explanation is read aloud.

use super::cast;
use super::error::{DemoError, ask};
use super::story::{CUSTOMER, Story};
use super::terminal;
use super::words::{money, number, percent, plain};
use aftercare_api::aftercare::customer::v1::{
    Customer, ExplainGradeRequest, GetCustomerRequest, GradeChange, GradeCustomerRequest,
    GradeExplanation, GradeInputKind, GradeLetter, InputExplanation, ListCustomersRequest,
};

/// The period that is graded.
const PERIOD: &str = "2026-Q1";

/// What grading gave.
pub struct Grading {
    /// The customer of the story, after grading.
    pub customer: Customer,
    /// Why it has its grade.
    pub explanation: GradeExplanation,
    /// How many customers have each grade, best first.
    pub counts: Vec<(String, usize)>,
}

/// Grades everybody, explains one.
pub async fn tell(story: &Story) -> Result<Grading, DemoError> {
    terminal::chapter(2, "Who are our customers to us");
    terminal::say(
        "Each customer is graded from what it contributes, whom it influences and what it may bring. A grade that \
         nobody can question is a grade that nobody believes, so each says what it rests on and what would change it.",
    );
    let story = &story.with(cast::SERVICE_MANAGER, cast::AFTER_EXPORT);
    let customers = everybody(story).await?;
    let counts = grade_all(story, &customers).await?;
    let get = GetCustomerRequest { name: CUSTOMER.to_owned(), read_time: None };
    let customer = ask("read the customer", story.customers().get_customer(get)).await?;
    let explain = ExplainGradeRequest { name: CUSTOMER.to_owned() };
    let explanation = ask("explain the grade", story.grades().explain_grade(explain)).await?;
    let grading = Grading { customer, explanation, counts };
    print(&grading);
    Ok(grading)
}

async fn everybody(story: &Story) -> Result<Vec<Customer>, DemoError> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request =
            ListCustomersRequest { page_size: 500, page_token, ..ListCustomersRequest::default() };
        let page = ask("list customers", story.customers().list_customers(request)).await?;
        all.extend(page.customers);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = page.next_page_token;
    }
}

async fn grade_all(
    story: &Story,
    customers: &[Customer],
) -> Result<Vec<(String, usize)>, DemoError> {
    let letters = [GradeLetter::A, GradeLetter::B, GradeLetter::C, GradeLetter::D];
    let mut counts = [0; 4];
    let bar = terminal::progress(customers.len() as u64, "grading customers");
    for customer in customers {
        let request = GradeCustomerRequest {
            name: customer.name.clone(),
            period: PERIOD.to_owned(),
            request_id: story.request_id(),
            ..GradeCustomerRequest::default()
        };
        let record = ask("grade a customer", story.grades().grade_customer(request)).await?;
        if let Some(index) = letters.iter().position(|letter| *letter == record.grade()) {
            counts[index] += 1;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(letters.iter().zip(counts).map(|(letter, count)| (self::letter(*letter), count)).collect())
}

fn print(grading: &Grading) {
    let bars: Vec<(String, f64, String)> = grading
        .counts
        .iter()
        .map(|(letter, count)| (letter.clone(), *count as f64, count.to_string()))
        .collect();
    terminal::bars(&bars);
    terminal::say(&headline(grading));
    terminal::table(&INPUTS, &[1, 2, 3, 4], &input_rows(&grading.explanation));
    for sentence in changes(&grading.explanation) {
        terminal::say(&sentence);
    }
}

/// Who is graded how, in one sentence.
pub fn headline(grading: &Grading) -> String {
    let record = grading.explanation.record.as_ref();
    let customer = &grading.customer;
    format!(
        "{} is {} with {} of the full score: {}.",
        customer.display_name,
        record.map_or_else(|| "not graded".to_owned(), |r| format!("grade {}", letter(r.grade()))),
        percent(number(record.and_then(|record| record.total.as_ref()))),
        scores(&grading.explanation)
    )
}

fn scores(explanation: &GradeExplanation) -> String {
    let scores = explanation.record.iter().flat_map(|record| &record.scores);
    let parts: Vec<String> = scores
        .map(|score| {
            let name = plain(score.score().as_str_name(), "SCORE_KIND");
            let (value, weight) = (number(score.value.as_ref()), number(score.weight.as_ref()));
            format!("{name} {value:.2} at weight {weight:.2}")
        })
        .collect();
    parts.join(", ")
}

/// Columns of the table of inputs.
pub const INPUTS: [&str; 5] = ["input", "value", "score", "weight", "adds to the total"];

/// Its rows: every input of every score.
pub fn input_rows(explanation: &GradeExplanation) -> Vec<Vec<String>> {
    let scores = explanation.record.iter().flat_map(|record| &record.scores);
    scores
        .flat_map(|score| {
            let of = plain(score.score().as_str_name(), "SCORE_KIND");
            score.inputs.iter().map(move |input| input_row(&of, input))
        })
        .collect()
}

fn input_row(score: &str, input: &InputExplanation) -> Vec<String> {
    let value = if input.known { value(input) } else { "unknown".to_owned() };
    vec![
        format!("{score}: {}", plain(input.kind().as_str_name(), "GRADE_INPUT_KIND")),
        value,
        format!("{:.2}", number(input.score.as_ref())),
        format!("{:.2}", number(input.weight.as_ref())),
        format!("{:.3}", number(input.contribution.as_ref())),
    ]
}

fn value(input: &InputExplanation) -> String {
    shown(input.kind(), number(input.value.as_ref()))
}

fn shown(kind: GradeInputKind, value: f64) -> String {
    match kind {
        GradeInputKind::AnnualRevenue | GradeInputKind::PlannedPurchases => {
            let units = value.round() as i64;
            let currency_code = "CNY".to_owned();
            money(Some(&aftercare_api::google::r#type::Money { currency_code, units, nanos: 0 }))
        }
        GradeInputKind::MarginShare
        | GradeInputKind::WalletShare
        | GradeInputKind::GrowthRate
        | GradeInputKind::ServiceProfitShare => percent(value),
        GradeInputKind::Unspecified
        | GradeInputKind::IndustryStanding
        | GradeInputKind::ReferencesGiven => format!("{value:.0}"),
    }
}

/// The nearest changes that would move the grade.
pub fn changes(explanation: &GradeExplanation) -> Vec<String> {
    let up = explanation.nearest_up.as_ref().map(|change| sentence(change, "Nearest way up"));
    let down = explanation.nearest_down.as_ref().map(|change| sentence(change, "Nearest way down"));
    up.into_iter().chain(down).collect()
}

fn sentence(change: &GradeChange, which: &str) -> String {
    let from = change
        .from_value
        .as_ref()
        .map_or_else(|| "unknown".to_owned(), |from| shown(change.kind(), number(Some(from))));
    format!(
        "{which}: {} from {from} to {} would make it grade {}, all else as it is.",
        plain(change.kind().as_str_name(), "GRADE_INPUT_KIND"),
        shown(change.kind(), number(change.to_value.as_ref())),
        letter(change.to_grade())
    )
}

/// `A`.
pub fn letter(letter: GradeLetter) -> String {
    plain(letter.as_str_name(), "GRADE_LETTER").to_uppercase()
}
