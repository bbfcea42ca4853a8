//! A quote as one self-contained HTML page with plots: for the customer, or for ourselves with cost, risk and drivers.

use crate::competitor::CompetitorPrice;
use crate::explain::{Driver, wording};
use crate::fx::FxRate;
use crate::language::Language;
use crate::quote::{AddOnFigure, BilledRate, Line, Quote, QuoteInput};
use jiff::civil::Date;
pub use page::escape;
use page::{money, percent, section, table};

mod page;
mod plot;
mod words;

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The customer: promises, machines, fees; nothing of our cost.
    Customer,
    /// Ourselves.
    Internal,
}

/// What stands on a quote beside its figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts<'a> {
    /// `quotes/{quote}`.
    pub name: &'a str,
    /// The last day on which it may be accepted.
    pub valid_until: Date,
    /// What competitors were seen to ask; for ourselves.
    pub competitors: &'a [CompetitorPrice],
}

/// Renders a quote. The page loads nothing from anywhere, and the same quote gives the same page.
#[must_use]
pub fn render(
    facts: &Facts<'_>,
    input: &QuoteInput,
    quote: &Quote,
    drivers: &[Driver],
    language: Language,
    audience: Audience,
) -> String {
    let paper = Paper { facts, input, quote, drivers, language };
    let mut body = paper.head();
    body.push_str(&paper.promises());
    body.push_str(&paper.add_ons());
    body.push_str(&paper.rates());
    body.push_str(&paper.exchange());
    body.push_str(&paper.fees());
    body.push_str(&paper.machines(audience));
    if audience == Audience::Internal {
        body.push_str(&paper.cost());
        body.push_str(&paper.drivers());
        body.push_str(&paper.competitors());
        body.push_str(&paper.provenance());
    }
    let title = paper.say("Service contract quote", "服务合同报价");
    page::whole(language, &format!("{title} {}", escape(facts.name)), &body)
}

struct Paper<'a> {
    facts: &'a Facts<'a>,
    input: &'a QuoteInput,
    quote: &'a Quote,
    drivers: &'a [Driver],
    language: Language,
}

type Row = Vec<String>;

impl Paper<'_> {
    const fn say(&self, english: &'static str, chinese: &'static str) -> &'static str {
        self.language.say(english, chinese)
    }

    fn head(&self) -> String {
        let (input, quote) = (self.input, self.quote);
        let end = crate::contract::end_date(input.start, input.terms.term_months);
        let rows: Vec<Row> = vec![
            vec![self.say("Customer", "客户").into(), escape(&input.customer)],
            vec![
                self.say("Contract", "合同期").into(),
                format!("{} – {end} ({})", input.start, self.months(input.terms.term_months)),
            ],
            vec![self.say("Machines", "设备数量").into(), quote.lines.len().to_string()],
            vec![
                self.say("Price of the whole term", "整期总价").into(),
                format!("<strong>{}</strong>", money(quote.price.price)),
            ],
            vec![
                self.say("Valid until", "报价有效期至").into(),
                self.facts.valid_until.to_string(),
            ],
        ];
        format!(
            "<header><h1>{}</h1><p class=\"id\">{}</p></header>{}",
            self.say("Service contract quote", "服务合同报价"),
            escape(self.facts.name),
            table(&[], &rows)
        )
    }

    fn months(&self, months: u32) -> String {
        format!("{months} {}", self.say("months", "个月"))
    }

    fn promises(&self) -> String {
        let rows = words::promises(&self.input.terms, self.language);
        section(self.say("What we promise each other", "双方约定"), &table(&[], &rows))
    }

    /// What is sold on top; nothing if nothing is.
    fn add_ons(&self) -> String {
        if self.quote.add_ons.is_empty() {
            return String::new();
        }
        let head = [
            self.say("Add-on", "增值服务"),
            self.say("Counted by", "计价单位"),
            self.say("Number", "数量"),
            self.say("Price of the whole term", "整期价格"),
        ];
        let row = |own: &AddOnFigure| {
            vec![
                words::add_on(own.add_on, self.language).to_owned(),
                words::per(own.per, self.language).to_owned(),
                own.quantity.to_string(),
                money(own.price),
            ]
        };
        let rows: Vec<Row> = self.quote.add_ons.iter().map(row).collect();
        section(self.say("Add-ons, in the price", "增值服务(已含在总价内)"), &table(&head, &rows))
    }

    /// What work is billed at, and what that may come to; nothing where nothing is billed.
    fn rates(&self) -> String {
        let Some(billing) = &self.quote.billing else { return String::new() };
        let head = [
            self.say("Rates", "费率"),
            self.say("An hour", "每小时"),
            self.say("A journey", "每次差旅"),
            self.say("Parts, times cost", "配件(成本倍数)"),
            self.say("Evening, weekend, holiday", "晚间、周末、节假日倍数"),
        ];
        let row = |rate: &BilledRate| {
            let [evening, weekend, holiday] = rate.bands;
            vec![
                escape(rate.rate_card.rsplit('/').next().unwrap_or_default()),
                money(rate.labour_per_hour),
                money(rate.journey),
                format!("{:.2}", rate.parts_factor),
                format!("{evening}, {weekend}, {holiday}"),
            ]
        };
        let rows: Vec<Row> = billing.rates.iter().map(row).collect();
        let mut facts: Vec<Row> = vec![vec![
            self.say("Expected over the term, fees included", "整期预计(含费用)").into(),
            money(billing.customer.mean),
        ]];
        facts.extend(billing.customer.quantiles.iter().map(|quantile| {
            let most = self.say("not above, with a chance of", "不超过,概率");
            vec![format!("{most} {:.0} %", 100.0 * quantile.level), money(quantile.cost)]
        }));
        let title = self.say("What is billed", "计费标准");
        section(title, &format!("{}{}", table(&head, &rows), table(&[], &facts)))
    }

    /// Exchange rates that the price stands on; nothing if it stands on none.
    fn exchange(&self) -> String {
        if self.input.portfolio.fx.is_empty() {
            return String::new();
        }
        let head = [
            self.say("From", "原币"),
            self.say("To", "折算币"),
            self.say("Rate", "汇率"),
            self.say("Of", "日期"),
            self.say("Source", "来源"),
        ];
        let row = |own: &FxRate| {
            vec![
                own.from.code().to_owned(),
                own.to.code().to_owned(),
                own.rate.normalize().to_string(),
                own.date.to_string(),
                escape(&own.source),
            ]
        };
        let rows: Vec<Row> = self.input.portfolio.fx.iter().map(row).collect();
        section(self.say("Exchange rates", "采用汇率"), &table(&head, &rows))
    }

    /// Fees; nothing if everything is billed.
    fn fees(&self) -> String {
        if self.quote.fees().is_empty() {
            return String::new();
        }
        let head = [self.say("Year", "年度"), self.say("Due", "应付日期"), self.say("Fee", "费用")];
        let rows: Vec<Row> = self
            .quote
            .fees()
            .iter()
            .map(|fee| vec![fee.year.to_string(), fee.due.to_string(), money(fee.fee)])
            .collect();
        let bars: Vec<(String, f64)> = self
            .quote
            .fees()
            .iter()
            .map(|fee| (fee.due.year().to_string(), crate::policy::model(fee.fee.amount())))
            .collect();
        let title = self.say("Fees as they fall due", "分期费用");
        section(title, &format!("{}{}", plot::bars(&bars, title), table(&head, &rows)))
    }

    fn machines(&self, audience: Audience) -> String {
        let mut head = vec![
            self.say("Machine", "设备"),
            self.say("Product", "产品"),
            self.say("Age, years", "机龄(年)"),
            self.say("Price", "价格"),
        ];
        if audience == Audience::Internal {
            head.extend([
                self.say("Expected failures", "预计故障次数"),
                self.say("Failure cost", "故障成本"),
                self.say("Planned cost", "计划成本"),
                self.say("Share of the bad years", "坏年份占比"),
            ]);
        }
        let row = |line: &Line| {
            let mut row = vec![
                escape(line.asset.rsplit('/').next().unwrap_or_default()),
                escape(line.product.rsplit('/').next().unwrap_or_default()),
                format!("{:.1}", line.age),
                money(line.price),
            ];
            if audience == Audience::Internal {
                row.extend([
                    format!("{:.2}", line.failures),
                    money(line.failure_cost),
                    money(line.planned_cost),
                    percent(line.tail_share),
                ]);
            }
            row
        };
        let rows: Vec<Row> = self.quote.lines.iter().map(row).collect();
        section(self.say("Machines", "设备清单"), &table(&head, &rows))
    }

    fn cost(&self) -> String {
        let (cost, price) = (&self.quote.cost, &self.quote.price);
        let head = [
            self.say("Level", "概率水平"),
            self.say("Cost not exceeded", "不超过的成本"),
            self.say("Mean beyond", "超出部分均值"),
        ];
        let rows: Vec<Row> = cost
            .quantiles
            .iter()
            .map(|q| vec![format!("P{:.0}", 100.0 * q.level), money(q.cost), money(q.shortfall)])
            .collect();
        let facts: Vec<Row> = vec![
            vec![self.say("Expected cost", "期望成本").into(), money(cost.mean)],
            vec![self.say("Standard deviation", "标准差").into(), money(cost.deviation)],
            vec![self.say("Floor", "底价").into(), money(self.quote.floor)],
            vec![self.say("Expected margin", "期望毛利率").into(), percent(price.margin)],
            vec![
                self.say("Probability of a loss", "亏损概率").into(),
                percent(price.loss_probability),
            ],
            vec![
                self.say("Price at present value", "价格现值").into(),
                format!("{:.2}", price.present_value),
            ],
        ];
        let marks = [
            (self.say("mean", "均值"), crate::policy::model(cost.mean.amount())),
            (self.say("price", "价格"), price.present_value),
        ];
        let title = self.say("What it will cost us, at present value", "我方成本分布(现值)");
        let curve = plot::density(&cost.curve, &marks, title);
        section(title, &format!("{curve}{}{}", table(&[], &facts), table(&head, &rows)))
    }

    fn drivers(&self) -> String {
        let head =
            [self.say("Driver", "因素"), self.say("Amount", "金额"), self.say("Why", "说明")];
        let named = |driver: &Driver| words::driver(driver.kind, self.language);
        let rows: Vec<Row> = self
            .drivers
            .iter()
            .map(|driver| {
                let why = wording::of(driver.kind, self.input, self.quote, self.language);
                vec![named(driver).to_owned(), money(driver.amount), escape(&why)]
            })
            .collect();
        let steps: Vec<(String, f64)> = self
            .drivers
            .iter()
            .map(|driver| (named(driver).to_owned(), crate::policy::model(driver.amount.amount())))
            .collect();
        let title = self.say("Why the price is what it is", "价格构成");
        section(title, &format!("{}{}", plot::waterfall(&steps, title), table(&head, &rows)))
    }

    /// What others were seen to ask; nothing if nobody was.
    fn competitors(&self) -> String {
        if self.facts.competitors.is_empty() {
            return String::new();
        }
        let head = [
            self.say("Competitor", "竞争对手"),
            self.say("Per machine and year", "每台每年"),
            self.say("Ours against it", "我方相对"),
            self.say("Where", "地区"),
            self.say("Seen on", "观察日期"),
            self.say("Source", "来源"),
        ];
        let machines = self.quote.lines.len();
        let row = |seen: &CompetitorPrice| {
            let ratio = seen.ratio(self.quote.price.base, machines);
            vec![
                escape(&seen.competitor),
                money(seen.annual_price),
                ratio.map_or_else(|| "–".into(), percent),
                escape(&seen.region_code),
                seen.observation_date.to_string(),
                escape(&seen.source),
            ]
        };
        let rows: Vec<Row> = self.facts.competitors.iter().map(row).collect();
        section(self.say("What competitors ask", "竞争对手报价"), &table(&head, &rows))
    }

    fn provenance(&self) -> String {
        let models: std::collections::BTreeSet<&str> =
            self.quote.lines.iter().map(|line| line.failure_model.as_str()).collect();
        let models: Vec<String> =
            models
                .into_iter()
                .map(|name| {
                    if name.is_empty() { self.say("prior", "先验").into() } else { escape(name) }
                })
                .collect();
        let flags: Vec<&str> =
            self.quote.flags.iter().map(|flag| words::flag(*flag, self.language)).collect();
        let none = self.say("none", "无");
        let rows: Vec<Row> = vec![
            vec![
                self.say("Pricing policy, version", "定价政策版本").into(),
                self.input.policy.version.to_string(),
            ],
            vec![self.say("Failure models", "故障模型").into(), models.join(", ")],
            vec![
                self.say("To know before trusting it", "使用前须知").into(),
                if flags.is_empty() { none.into() } else { flags.join("; ") },
            ],
        ];
        section(self.say("What it stands on", "依据"), &table(&[], &rows))
    }
}

#[cfg(test)]
mod tests;
