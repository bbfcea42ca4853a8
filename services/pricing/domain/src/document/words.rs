//! The words of a quote's page in both languages.

use super::page::{escape, money};
use crate::add_on::Per;
use crate::explain::DriverKind;
use crate::failure_model::Flag;
use crate::language::Language;
use crate::risk_sharing::CreditBasis;
use crate::scope::ScopedWork;
use crate::terms::{
    AddOn, AfterHours, CoverageLevel, Exclusion, PaymentSchedule, PricingModel, Terms,
};
use rust_decimal::Decimal;

/// The promises of a contract, a line each: name and value. What is not agreed is left out.
pub(super) fn promises(terms: &Terms, language: Language) -> Vec<Vec<String>> {
    let say = |english, chinese| language.say(english, chinese);
    let mut rows = of_model(terms, language);
    rows.extend([
        vec![say("We come", "服务时间").to_owned(), hours(terms.after_hours, language).to_owned()],
        vec![
            say("Payment", "付款方式").to_owned(),
            payment(terms.payment_schedule, language).to_owned(),
        ],
    ]);
    let amounts = [
        (say("You bear of each event", "每次事件免赔额"), terms.deductible),
        (say("We bear of each event at most", "每次事件赔付上限"), terms.cap),
        (say("You bear of each year", "年度免赔额"), terms.annual_deductible),
        (say("We bear of each year at most", "年度赔付上限"), terms.annual_limit),
        (say("We bear of the whole term at most", "整期赔付上限"), terms.term_limit),
    ];
    for (name, amount) in amounts {
        if let Some(amount) = amount {
            rows.push(vec![name.to_owned(), money(amount)]);
        }
    }
    let percent = |share: Decimal| format!("{} %", (share * Decimal::ONE_HUNDRED).normalize());
    if let Some(clause) = &terms.index {
        let name = say("The fee follows the index", "费用随指数调整");
        let bounds = format!(
            "{}, {:04}-{:02}, {} {} {}",
            clause.index,
            clause.base_month.year(),
            clause.base_month.month(),
            percent(clause.floor),
            say("to", "至"),
            percent(clause.cap)
        );
        rows.push(vec![name.to_owned(), bounds]);
    } else if !terms.annual_escalation.is_zero() {
        let name = say("The fee rises each year by", "年度费用递增");
        rows.push(vec![name.to_owned(), percent(terms.annual_escalation)]);
    }
    rows.extend(shared_risk(terms, language));
    if !terms.profit_share.is_zero() {
        let name = say("You get back of what we save", "节余返还比例");
        rows.push(vec![name.to_owned(), percent(terms.profit_share)]);
    }
    if let Some(visits) = terms.planned_visits_per_year {
        let name = say("Planned visits a year", "每年计划保养次数");
        rows.push(vec![name.to_owned(), visits.to_string()]);
    }
    for (agreed, name) in [
        (
            terms.automatic_renewal,
            say("Renews itself unless one side gives notice", "到期自动续约,除非一方通知"),
        ),
        (terms.customer_inspections, say("You do the routine inspections", "日常点检由客户完成")),
    ] {
        if agreed {
            rows.push(vec![name.to_owned(), say("yes", "是").to_owned()]);
        }
    }
    if !terms.exclusions.is_empty() {
        let list: Vec<String> =
            terms.exclusions.iter().map(|own| escape(exclusion(*own, language))).collect();
        rows.push(vec![
            say("Not covered", "不在保障范围内").to_owned(),
            list.join(say(", ", "、")),
        ]);
    }
    rows
}

/// Overtime rates and credits for late responses, as far as they are agreed.
fn shared_risk(terms: &Terms, language: Language) -> Vec<Vec<String>> {
    let say = |english, chinese| language.say(english, chinese);
    let percent = |share: Decimal| format!("{} %", (share * Decimal::ONE_HUNDRED).normalize());
    let overtime = terms.overtime.map(|own| {
        let name = say(
            "Hours beyond these, times an hour's price (evening, weekend, holiday)",
            "超时服务费倍数(晚间、周末、节假日)",
        );
        let [evening, weekend, holiday] =
            [own.evening, own.weekend, own.holiday].map(|rate| rate.normalize());
        vec![name.to_owned(), format!("{evening}, {weekend}, {holiday}")]
    });
    let credit = terms.credit.map(|own| {
        let of = match own.basis {
            CreditBasis::Month => say("of the month's fee", "(按月费)"),
            CreditBasis::Year => say("of the year's fee", "(按年费)"),
        };
        let most = say("a year at most", "每年至多");
        let credit = format!("{} {of}, {most} {}", percent(own.share), percent(own.annual_cap));
        vec![say("Credit for each late response", "每次响应迟到返还").to_owned(), credit]
    });
    overtime.into_iter().chain(credit).collect()
}

/// What is paid for and how soon we come, by pricing model.
fn of_model(terms: &Terms, language: Language) -> Vec<Vec<String>> {
    let say = |english, chinese| language.say(english, chinese);
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let within = row(
        say("An engineer within", "工程师到场时限"),
        format!("{:.0} {}", terms.response_hours(), say("hours", "小时")),
    );
    let paid = say("What is paid for", "计价方式");
    match (terms.pricing_model, &terms.scope) {
        (PricingModel::TimeAndMaterials, _) => {
            let billed = say("each piece of work, by the rates below", "按下列费率逐次计费");
            vec![row(paid, billed.to_owned())]
        }
        (_, Some(scope)) => {
            let mut parts = Vec::new();
            if scope.repairs > 0 {
                parts.push(format!("{} {}", scope.repairs, say("repairs", "次维修")));
            }
            if scope.visits > 0 {
                parts.push(format!("{} {}", scope.visits, say("planned visits", "次计划保养")));
            }
            let work =
                |work: &ScopedWork| format!("{} × {}", work.quantity, escape(&work.description));
            parts.extend(scope.works.iter().map(work));
            let beyond = say("what goes beyond it", "超出范围部分");
            let billed = say("billed by the rates below", "按下列费率计费");
            vec![
                row(say("Scope of the fixed price", "固定价格范围"), parts.join(say(", ", "、"))),
                row(beyond, billed.to_owned()),
                within,
            ]
        }
        _ => vec![
            row(say("Coverage", "保障范围"), coverage(terms.coverage, language).to_owned()),
            within,
        ],
    }
}

const fn coverage(level: CoverageLevel, language: Language) -> &'static str {
    match level {
        CoverageLevel::LabourOnly => language.say("labour and travel", "人工与差旅"),
        CoverageLevel::SharedParts => {
            language.say("labour, travel and half of the parts", "人工、差旅及一半配件")
        }
        CoverageLevel::LabourAndParts => language
            .say("labour, travel and parts without consumables", "人工、差旅及配件(不含耗材)"),
        CoverageLevel::Full => {
            language.say("labour, travel, parts and consumables", "人工、差旅、配件及耗材")
        }
    }
}

const fn hours(hours: AfterHours, language: Language) -> &'static str {
    match hours {
        AfterHours::BusinessHours => language.say("in business hours", "工作时间"),
        AfterHours::Extended => {
            language.say("also in the evening and on Saturdays", "含晚间与周六")
        }
        AfterHours::RoundTheClock => {
            language.say("day and night, every day of the year", "全年全天候")
        }
    }
}

const fn payment(schedule: PaymentSchedule, language: Language) -> &'static str {
    match schedule {
        PaymentSchedule::Annual => language.say("each year in advance", "按年预付"),
        PaymentSchedule::Prepaid => language.say("the whole term in advance", "整期一次预付"),
    }
}

const fn exclusion(exclusion: Exclusion, language: Language) -> &'static str {
    match exclusion {
        Exclusion::NaturalDisaster => language.say("natural disaster", "自然灾害"),
        Exclusion::Fire => language.say("fire", "火灾"),
        Exclusion::Flood => language.say("flood", "水灾"),
        Exclusion::Misuse => language.say("use outside the manual", "违反手册使用"),
        Exclusion::IntentionalDamage => language.say("damage done on purpose", "故意损坏"),
        Exclusion::ThirdPartyRepair => language.say("repairs by others than us", "第三方维修"),
        Exclusion::Consumables => language.say("consumables", "耗材"),
        Exclusion::PowerOff => language.say("calls because the power was off", "断电误报"),
    }
}

/// An add-on's name.
pub(super) const fn add_on(add_on: AddOn, language: Language) -> &'static str {
    match add_on {
        AddOn::SpareUnit => language.say("spare unit on your site", "现场备机"),
        AddOn::RemoteMonitoring => language.say("remote monitoring", "远程监控"),
        AddOn::Training => language.say("training of your staff", "员工培训"),
        AddOn::OilAnalysis => {
            language.say("analysis of oil and material samples", "油液与材料分析")
        }
        AddOn::DedicatedEngineer => language.say("an engineer of your own", "专属工程师"),
    }
}

/// What an add-on is counted by.
pub(super) const fn per(per: Per, language: Language) -> &'static str {
    match per {
        Per::MachineYear => language.say("machine and year", "每台每年"),
        Per::ContractYear => language.say("contract and year", "每合同每年"),
        Per::Contract => language.say("contract, once", "每合同一次"),
    }
}

/// A driver's name.
pub(super) const fn driver(kind: DriverKind, language: Language) -> &'static str {
    match kind {
        DriverKind::Base => language.say("Base", "基准"),
        DriverKind::Age => language.say("Age", "机龄"),
        DriverKind::Environment => language.say("Environment", "环境"),
        DriverKind::Duty => language.say("Duty", "工况"),
        DriverKind::Region => language.say("Region", "区域"),
        DriverKind::History => language.say("History", "历史"),
        DriverKind::Response => language.say("Response", "响应"),
        DriverKind::Coverage => language.say("Coverage", "保障"),
        DriverKind::AfterHours => language.say("After hours", "非工作时间"),
        DriverKind::Terms => language.say("Terms", "条款"),
        DriverKind::Inflation => language.say("Inflation", "通胀与折现"),
        DriverKind::AnnualLimit => language.say("Limits", "限额"),
        DriverKind::ProfitShare => language.say("Profit share", "节余返还"),
        DriverKind::AddOns => language.say("Add-ons", "增值服务"),
        DriverKind::Scope => language.say("Scope", "范围"),
        DriverKind::Inspection => language.say("Inspection", "承保前检查"),
        DriverKind::Uncertainty => language.say("Uncertainty", "不确定性"),
        DriverKind::Margin => language.say("Margin", "毛利"),
        DriverKind::RiskLoad => language.say("Risk load", "风险附加"),
        DriverKind::Payment => language.say("Payment", "付款方式"),
        DriverKind::Discount => language.say("Discount", "折扣"),
        DriverKind::Rounding => language.say("Rounding", "取整"),
        DriverKind::ResponseCredit => language.say("Response credits", "响应违约返还"),
    }
}

/// What to know before trusting a quote.
pub(super) const fn flag(flag: Flag, language: Language) -> &'static str {
    match flag {
        Flag::PriorOnly => {
            language.say("no failure was seen: the prior answers", "无故障记录,按先验估计")
        }
        Flag::Shrunk => language.say("few failures: drawn to the prior", "故障较少,向先验收缩"),
        Flag::SeverityPrior => language.say("repair costs are the prior's", "维修成本取自先验"),
        Flag::PoorFit => language.say("the power law fits poorly", "幂律拟合不佳"),
        Flag::Ties => language.say("failures at one instant", "存在同时刻故障"),
        Flag::MachinesLeftOut => {
            language.say("machines without a date were left out", "缺少投运日期的设备未计入")
        }
        Flag::CostsLeftOut => {
            language.say("costs in another currency were left out", "其他币种成本未计入")
        }
        Flag::DefaultRates => {
            language.say("no rate card holds: default rates", "无适用费率表,采用默认费率")
        }
        Flag::UnseenLevel => language
            .say("a region, environment or duty was never seen", "存在未见过的区域、环境或工况"),
        Flag::LatenessAssumed => {
            language.say("how many responses come late is assumed", "迟到响应比例为假设值")
        }
        Flag::AliasedEffects => {
            language.say("some effects cannot be told apart", "部分因素的影响无法区分")
        }
        Flag::NotConverged => language.say("the fit had not settled", "拟合尚未收敛"),
        Flag::ShapePrior => {
            language.say("nothing determines the shape: the prior's", "形状参数无法估计,取自先验")
        }
        Flag::FailuresLeftOut => language
            .say("failures outside a machine's life were left out", "设备服役期以外的故障未计入"),
    }
}
