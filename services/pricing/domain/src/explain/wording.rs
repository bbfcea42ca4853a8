//! What an explanation says to a person about each driver, in both languages.

use super::{DriverKind, Quote, QuoteInput};
use crate::cost::AssetExposure;
use crate::language::Language;
use crate::policy::model;
use crate::terms::{AfterHours, CoverageLevel, PaymentSchedule, Terms};

/// The explanation of one driver of a quote.
#[must_use]
pub fn of(kind: DriverKind, input: &QuoteInput, quote: &Quote, language: Language) -> String {
    match language {
        Language::English => english(kind, input, quote),
        Language::Chinese => chinese(kind, input, quote),
    }
}

fn english(kind: DriverKind, input: &QuoteInput, quote: &Quote) -> String {
    let (policy, terms) = (&input.policy, &input.terms);
    let rate = |factor: fn(&AssetExposure) -> f64| {
        format!("{} failures than the average machine", deviation(average(input, factor)))
    };
    match kind {
        DriverKind::Base => format!(
            "{} machines of {} years, average circumstances, labour only, 24 h response in business hours, {} months",
            input.portfolio.assets.len(),
            policy.reference_age_years,
            terms.term_months,
        ),
        DriverKind::Age => format!(
            "the machines are {:.1} years old on average at the start",
            average(input, |asset| asset.age)
        ),
        DriverKind::Environment => format!("where they work: {}", rate(|asset| asset.environment)),
        DriverKind::Duty => format!("how long they work a day: {}", rate(|asset| asset.duty)),
        DriverKind::Region => format!(
            "where they stand: {}; labour and travel by the region's rates",
            rate(|asset| asset.region)
        ),
        DriverKind::History => format!("their own history: {}", rate(|asset| asset.frailty.mean)),
        DriverKind::Response => {
            format!("an engineer within {:.0} h instead of 24 h", terms.response_hours())
        }
        DriverKind::Coverage => coverage(terms, Language::English).to_owned(),
        DriverKind::AfterHours => hours(terms, Language::English).to_owned(),
        DriverKind::Terms => "deductible, cap, exclusions, inspections and renewal".to_owned(),
        DriverKind::Inflation => format!(
            "cost inflation of {:.1} % and discounting at {:.1} % a year",
            percent(policy.cost_inflation),
            percent(policy.discount_rate),
        ),
        DriverKind::AnnualLimit => {
            "what deductibles and limits of a year or the term keep from us".to_owned()
        }
        DriverKind::ProfitShare => format!(
            "the customer gets back {:.0} % of what failures cost less than expected",
            percent(terms.profit_share)
        ),
        DriverKind::AddOns => {
            "add-ons at their own price, less the failures that they avoid".to_owned()
        }
        DriverKind::Scope => {
            "ordered work, less the failures beyond the scope, which are billed".to_owned()
        }
        DriverKind::Inspection => {
            "inspection of other makers' machines of which nothing is known yet".to_owned()
        }
        DriverKind::Uncertainty => format!(
            "{} standard errors of expected cost, for what is not known of the failures yet",
            policy.uncertainty_load
        ),
        DriverKind::Margin => {
            format!("target margin of {:.0} % of the price", percent(policy.target_margin))
        }
        DriverKind::RiskLoad => format!(
            "so that at most {:.0} of 100 such contracts lose money",
            percent(policy.max_loss_probability)
        ),
        DriverKind::Payment => payment(terms, Language::English).to_owned(),
        DriverKind::Discount => {
            format!("discount of {:.1} %", percent(input.discount.unwrap_or_default()))
        }
        DriverKind::Rounding => format!("rounding to a price of {}", quote.price.price),
        DriverKind::ResponseCredit => format!(
            "credits for late responses, {} % of responses taken to be late",
            percent(policy.late_response_share)
        ),
    }
}

fn chinese(kind: DriverKind, input: &QuoteInput, quote: &Quote) -> String {
    let (policy, terms) = (&input.policy, &input.terms);
    let rate = |factor: fn(&AssetExposure) -> f64| {
        format!("故障率较平均设备 {}", deviation(average(input, factor)))
    };
    match kind {
        DriverKind::Base => format!(
            "{} 台机龄 {} 年的设备,平均条件,仅人工,工作时间 24 小时响应,{} 个月",
            input.portfolio.assets.len(),
            policy.reference_age_years,
            terms.term_months,
        ),
        DriverKind::Age => {
            format!("起始时平均机龄 {:.1} 年", average(input, |asset| asset.age))
        }
        DriverKind::Environment => format!("使用环境:{}", rate(|asset| asset.environment)),
        DriverKind::Duty => format!("每日运行时间:{}", rate(|asset| asset.duty)),
        DriverKind::Region => {
            format!("所在区域:{};人工与差旅按当地费率", rate(|asset| asset.region))
        }
        DriverKind::History => format!("自身故障历史:{}", rate(|asset| asset.frailty.mean)),
        DriverKind::Response => {
            format!("工程师 {:.0} 小时内到场(基准 24 小时)", terms.response_hours())
        }
        DriverKind::Coverage => coverage(terms, Language::Chinese).to_owned(),
        DriverKind::AfterHours => hours(terms, Language::Chinese).to_owned(),
        DriverKind::Terms => "免赔额、上限、除外责任、点检与续约".to_owned(),
        DriverKind::Inflation => format!(
            "成本年通胀 {:.1} %,年折现率 {:.1} %",
            percent(policy.cost_inflation),
            percent(policy.discount_rate),
        ),
        DriverKind::AnnualLimit => "年度及整期免赔与限额为我方减少的成本".to_owned(),
        DriverKind::ProfitShare => {
            format!("故障成本低于预期部分的 {:.0} % 返还客户", percent(terms.profit_share))
        }
        DriverKind::AddOns => "增值服务价格,扣除其避免的故障成本".to_owned(),
        DriverKind::Scope => "约定工作,扣除范围之外另行计费的故障".to_owned(),
        DriverKind::Inspection => "尚无记录的他厂设备承保前检查".to_owned(),
        DriverKind::Uncertainty => {
            format!("对故障模型不确定性的附加:期望成本标准误的 {} 倍", policy.uncertainty_load)
        }
        DriverKind::Margin => format!("目标毛利为价格的 {:.0} %", percent(policy.target_margin)),
        DriverKind::RiskLoad => {
            format!("使每 100 份此类合同至多 {:.0} 份亏损", percent(policy.max_loss_probability))
        }
        DriverKind::Payment => payment(terms, Language::Chinese).to_owned(),
        DriverKind::Discount => {
            format!("折扣 {:.1} %", percent(input.discount.unwrap_or_default()))
        }
        DriverKind::Rounding => format!("取整至 {}", quote.price.price),
        DriverKind::ResponseCredit => {
            format!("响应迟到返还,假设 {} % 的响应迟到", percent(policy.late_response_share))
        }
    }
}

/// A factor as a signed percentage.
fn deviation(factor: f64) -> String {
    format!("{:+.0} %", 100.0 * (factor - 1.0))
}

fn percent(share: rust_decimal::Decimal) -> f64 {
    100.0 * model(share)
}

fn average(input: &QuoteInput, part: impl Fn(&AssetExposure) -> f64) -> f64 {
    let assets = &input.portfolio.assets;
    assets.iter().map(part).sum::<f64>() / assets.len().max(1) as f64
}

const fn coverage(terms: &Terms, language: Language) -> &'static str {
    match terms.coverage {
        CoverageLevel::LabourOnly => language.say("labour and travel only", "仅人工与差旅"),
        CoverageLevel::SharedParts => {
            language.say("half of the parts beside labour and travel", "人工、差旅及一半配件")
        }
        CoverageLevel::LabourAndParts => language.say(
            "all parts but consumables beside labour and travel",
            "人工、差旅及除耗材外全部配件",
        ),
        CoverageLevel::Full => language.say(
            "all parts and consumables beside labour and travel",
            "人工、差旅、全部配件及耗材",
        ),
    }
}

const fn hours(terms: &Terms, language: Language) -> &'static str {
    match terms.after_hours {
        AfterHours::BusinessHours => language.say("business hours only", "仅工作时间"),
        AfterHours::Extended => {
            language.say("evenings and Saturdays beside business hours", "含晚间与周六")
        }
        AfterHours::RoundTheClock => {
            language.say("day and night, weekends and holidays", "全天候,含周末与节假日")
        }
    }
}

const fn payment(terms: &Terms, language: Language) -> &'static str {
    match terms.payment_schedule {
        PaymentSchedule::Annual => {
            language.say("fees fall due year by year, each in advance", "费用按年预付")
        }
        PaymentSchedule::Prepaid => {
            language.say("the whole fee is paid in advance", "整期一次预付")
        }
    }
}
