//! Pools of spare parts: what they do to the books.

use super::contract_life::{at, date, micros};
use super::quote::decimal;
use super::{call, client, fields, on_both, reason, request_id, suite};
use aftercare_api::aftercare::pricing::v1 as pb;
use aftercare_api::google::r#type::Money;
use aftercare_platform::testing::Kind;
use tonic::Code;

on_both!(a_pool_is_projected_month_by_month);
on_both!(every_wrong_field_of_a_pool_is_named);
on_both!(the_cap_stands_on_three_named_closed_years_or_their_mean);
on_both!(a_write_down_is_reversed_where_the_accounting_framework_allows_it);
on_both!(a_provision_is_expected_cost_over_sales);

fn million(amount: i64) -> Option<Money> {
    Some(Money { currency_code: "CNY".to_owned(), units: amount * 1_000_000, nanos: 0 })
}

fn new_pool(id: &str, pool: pb::SparePool) -> pb::CreateSparePoolRequest {
    pb::CreateSparePoolRequest {
        spare_pool: Some(pool),
        spare_pool_id: id.to_owned(),
        request_id: request_id(),
    }
}

async fn a_pool_is_projected_month_by_month(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    let bought = pb::SparePool {
        display_name: "Repair pool".to_owned(),
        cost: million(21),
        purchase_date: date(2026, 1, 1),
        closed_years_cost_of_sales: [900, 1000, 1100].map(|sales| million(sales).unwrap()).to_vec(),
        total_inventory: million(140),
        ..Default::default()
    };
    let request = new_pool("repair", bought);
    let pool = parts.create_spare_pool(request.clone()).await.unwrap().into_inner();
    assert_eq!(parts.create_spare_pool(request).await.unwrap().into_inner(), pool);
    assert_eq!((pool.support_life_months, &pool.cap), (36, &million(21)), "0.7 % of 3,000 million");
    let get = pb::GetSparePoolRequest { name: pool.name.clone() };
    assert_eq!(parts.get_spare_pool(get).await.unwrap().into_inner(), pool);

    let project =
        |name: &str, end| pb::ProjectSparePoolRequest { name: name.to_owned(), end_date: end };
    let end = project(&pool.name, date(2028, 12, 31));
    let months = parts.project_spare_pool(end).await.unwrap().into_inner().months;
    assert_eq!(months.len(), 36);
    for (year, book) in [(0, 14), (1, 7), (2, 0)] {
        let of_year = &months[12 * year..12 * (year + 1)];
        let down: i64 = of_year.iter().map(|month| micros(month.write_down.as_ref())).sum();
        assert_eq!(down, 7_000_000_000_000, "7 million a year");
        assert_eq!(of_year[11].book_value, million(book));
    }
    assert_eq!(months[35].unreal_profit, million(21));

    let growing = pb::SparePool {
        display_name: "Growing pool".to_owned(),
        cost: million(19),
        purchase_date: date(2026, 7, 1),
        monthly_purchases: million(1),
        closed_years_cost_of_sales: [500, 500, 500].map(|sales| million(sales).unwrap()).to_vec(),
        cap_share: decimal("0.01"),
        total_inventory: million(100),
        ..Default::default()
    };
    let growing = parts.create_spare_pool(new_pool("growing", growing)).await.unwrap().into_inner();
    assert_eq!(growing.cap, million(15));
    let end = project(&growing.name, date(2026, 12, 31));
    let months = parts.project_spare_pool(end).await.unwrap().into_inner().months;
    let december = months.last().unwrap();
    assert_eq!(december.cash_tied_up, million(24));
    assert_eq!(december.inventory_share, decimal("0.24"));
    assert_eq!(december.cap_inventory_share, decimal("0.15"), "15 of 100 million");
    assert_eq!(december.book_value, million(15));
    let listed = pb::ListSparePoolsRequest::default();
    let listed = parts.list_spare_pools(listed).await.unwrap().into_inner().spare_pools;
    assert_eq!(listed, [growing, pool]);

    let early = project("sparePools/repair", date(2025, 1, 1));
    assert_eq!(fields(&parts.project_spare_pool(early).await.unwrap_err()), ["end_date"]);
    let far = project("sparePools/repair", date(2080, 1, 1));
    assert_eq!(fields(&parts.project_spare_pool(far).await.unwrap_err()), ["end_date"]);
    let none = project("sparePools/none", date(2027, 1, 1));
    assert_eq!(parts.project_spare_pool(none).await.unwrap_err().code(), Code::NotFound);
}

async fn every_wrong_field_of_a_pool_is_named(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    let euro = Some(Money { currency_code: "EUR".to_owned(), units: 1, nanos: 0 });
    let wrong = pb::SparePool {
        cost: million(1),
        residual_value: million(2),
        support_life_months: -1,
        purchase_date: date(2026, 2, 30),
        cap_share: decimal("1.5"),
        monthly_purchases: million(-1),
        closed_years_cost_of_sales: vec![million(1).unwrap(), million(1).unwrap()],
        total_inventory: euro,
        ..Default::default()
    };
    let mut named = fields(&parts.create_spare_pool(new_pool("No Id", wrong)).await.unwrap_err());
    named.sort();
    let mut all: Vec<String> = [
        "cap_share",
        "closed_years_cost_of_sales",
        "display_name",
        "monthly_purchases",
        "purchase_date",
        "residual_value",
        "support_life_months",
        "total_inventory",
    ]
    .iter()
    .map(|name| format!("spare_pool.{name}"))
    .collect();
    all.push("spare_pool_id".to_owned());
    assert_eq!(named, all);
    let dear = pb::SparePool {
        display_name: "A pool".to_owned(),
        cost: million(1),
        residual_value: million(2),
        purchase_date: date(2026, 1, 1),
        ..Default::default()
    };
    let refused = parts.create_spare_pool(new_pool("a", dear)).await.unwrap_err();
    assert_eq!(fields(&refused), ["spare_pool.residual_value"]);
}

fn closed(years: [(i32, i64); 3]) -> Vec<pb::ClosedYear> {
    let year = |(year, sales)| pb::ClosedYear {
        end_date: date(year, 12, 31),
        cost_of_sales: million(sales),
    };
    years.map(year).to_vec()
}

async fn the_cap_stands_on_three_named_closed_years_or_their_mean(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    let known = [(2023, 900), (2024, 1000), (2025, 1100)];
    let with = |basis: pb::CostOfSalesBasis, closed_years| pb::SparePool {
        display_name: "Repair pool".to_owned(),
        cost: million(21),
        purchase_date: date(2026, 1, 1),
        cost_of_sales_basis: basis.into(),
        closed_years,
        ..Default::default()
    };
    use pb::CostOfSalesBasis::{Mean, Sum, Unspecified};
    for (id, basis, answered, cap) in
        [("sum", Sum, Sum, 21), ("mean", Mean, Mean, 7), ("default", Unspecified, Sum, 21)]
    {
        let request = new_pool(id, with(basis, closed(known)));
        let pool = parts.create_spare_pool(request).await.unwrap().into_inner();
        assert_eq!((pool.cost_of_sales_basis(), &pool.cap), (answered, &million(cap)), "{id}");
        assert_eq!(pool.closed_years, closed(known), "the answer names the years");
        let get = pb::GetSparePoolRequest { name: pool.name.clone() };
        assert_eq!(parts.get_spare_pool(get).await.unwrap().into_inner(), pool);
    }
    let end = pb::ProjectSparePoolRequest {
        name: "sparePools/mean".to_owned(),
        end_date: date(2026, 1, 31),
    };
    let months = parts.project_spare_pool(end).await.unwrap().into_inner().months;
    assert_eq!(months[0].book_value, million(7));
    assert_eq!(months[0].cost_of_sales_ratio, decimal("0.007"), "of a mean year of 1,000 million");

    let years = |years| with(Sum, closed(years));
    let last = "closed_years[2].end_date";
    let wrong = [
        ("two years", "closed_years", with(Sum, closed(known)[1..].to_vec())),
        ("a gap", "closed_years[1].end_date", years([(2022, 9), (2024, 9), (2025, 9)])),
        ("backwards", "closed_years[1].end_date", years([(2025, 9), (2024, 9), (2023, 9)])),
        ("one that is not closed", last, years([(2024, 9), (2025, 9), (2026, 9)])),
        ("long ago", last, years([(2020, 9), (2021, 9), (2022, 9)])),
        ("negative", "closed_years[0].cost_of_sales", years([(2023, -9), (2024, 9), (2025, 9)])),
        ("both ways", "closed_years", {
            let closed_years_cost_of_sales = vec![million(1).unwrap(); 3];
            pb::SparePool { closed_years_cost_of_sales, ..with(Sum, closed(known)) }
        }),
        ("unknown basis", "cost_of_sales_basis", {
            pb::SparePool { cost_of_sales_basis: 9, ..with(Sum, closed(known)) }
        }),
        ("unknown framework", "accounting_framework", {
            pb::SparePool { accounting_framework: 9, ..with(Sum, closed(known)) }
        }),
        ("negative, without years", "closed_years_cost_of_sales[1]", {
            let closed_years_cost_of_sales = [1, -1, 1].map(|sales| million(sales).unwrap());
            let closed_years_cost_of_sales = closed_years_cost_of_sales.to_vec();
            pb::SparePool { closed_years_cost_of_sales, ..with(Sum, Vec::new()) }
        }),
    ];
    for (case, field, pool) in wrong {
        let refused = parts.create_spare_pool(new_pool("wrong", pool)).await.unwrap_err();
        assert!(fields(&refused).contains(&format!("spare_pool.{field}")), "{case}: {refused:?}");
    }
}

async fn a_write_down_is_reversed_where_the_accounting_framework_allows_it(kind: Kind) {
    use pb::AccountingFramework::{Cas, Ifrs, Unspecified, UsGaap};
    use pb::ValueAdjustmentKind::{Reversal, WriteDown};
    let (suite, _) = suite(kind).await;
    let call = at("2026-12-15");
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    let adjust = |pool: &str, kind: pb::ValueAdjustmentKind, (month, amount): (i32, i64)| {
        let value_adjustment = Some(pb::ValueAdjustment {
            kind: kind.into(),
            effective_date: date(2026, month, 10),
            amount: million(amount),
            reason: "the successor was announced, then put off".to_owned(),
            create_time: None,
        });
        let name = format!("sparePools/{pool}");
        pb::AdjustSparePoolRequest { name, value_adjustment, request_id: request_id() }
    };
    for (id, framework) in [("ifrs", Ifrs), ("cas", Cas), ("us", UsGaap), ("none", Unspecified)] {
        let pool = pb::SparePool {
            display_name: "Repair pool".to_owned(),
            cost: million(36),
            purchase_date: date(2026, 1, 1),
            accounting_framework: framework.into(),
            ..Default::default()
        };
        parts.create_spare_pool(new_pool(id, pool)).await.unwrap();
        let down = adjust(id, WriteDown, (6, 15));
        let pool = parts.adjust_spare_pool(down.clone()).await.unwrap().into_inner();
        assert_eq!(parts.adjust_spare_pool(down).await.unwrap().into_inner(), pool, "a repeat");
        assert_eq!((pool.value_adjustments.len(), pool.accounting_framework()), (1, framework));
    }
    for id in ["ifrs", "cas"] {
        let back = adjust(id, Reversal, (9, 15));
        let pool = parts.adjust_spare_pool(back).await.unwrap().into_inner();
        assert_eq!(pool.value_adjustments[1].kind(), Reversal);
        let end = pb::ProjectSparePoolRequest { name: pool.name, end_date: date(2026, 12, 31) };
        let months = parts.project_spare_pool(end).await.unwrap().into_inner().months;
        let books: Vec<_> = months.iter().map(|month| month.book_value.clone()).collect();
        assert_eq!(books, [35, 34, 33, 32, 31, 15, 14, 13, 27, 26, 25, 24].map(million));
        assert_eq!(months[5].adjusted_write_down, million(15));
        assert_eq!(months[8].reversal, million(15));
    }
    let refusals = [
        ("us", Reversal, (9, 1), "REVERSAL_NOT_ALLOWED"),
        ("none", Reversal, (9, 1), "REVERSAL_NOT_ALLOWED"),
        ("ifrs", Reversal, (10, 1), "REVERSAL_OVER_WRITE_DOWN"),
        ("ifrs", WriteDown, (9, 28), "WRITE_DOWN_OVER_BOOK_VALUE"),
        // Before the reversal that is there already: it would take what that one found.
        ("ifrs", Reversal, (8, 1), "REVERSAL_OVER_WRITE_DOWN"),
    ];
    for (id, kind, what, why) in refusals {
        let refused = parts.adjust_spare_pool(adjust(id, kind, what)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, why));
        let named = tonic_types::StatusExt::get_details_precondition_failure(&refused).unwrap();
        let violation = &named.violations[0];
        let subject = format!("sparePools/{id}");
        assert_eq!((violation.r#type.as_str(), &violation.subject), (why, &subject));
    }
    let capped = pb::SparePool {
        display_name: "Capped pool".to_owned(),
        cost: million(36),
        purchase_date: date(2026, 1, 1),
        closed_years: closed([(2023, 1000), (2024, 1000), (2025, 1000)]),
        accounting_framework: Ifrs.into(),
        ..Default::default()
    };
    parts.create_spare_pool(new_pool("capped", capped)).await.unwrap();
    let refused = parts.adjust_spare_pool(adjust("capped", Reversal, (1, 1))).await.unwrap_err();
    assert_eq!(reason(&refused), "REVERSAL_OVER_WRITE_DOWN", "the cap takes at the month's end");
    let refused = parts.adjust_spare_pool(adjust("capped", Reversal, (2, 2))).await.unwrap_err();
    assert_eq!(
        reason(&refused),
        "REVERSAL_OVER_CAP",
        "20 million are in the books, and the cap is 21"
    );

    let mut wrong = adjust("ifrs", Reversal, (9, -1));
    let given = wrong.value_adjustment.as_mut().unwrap();
    (given.kind, given.effective_date, given.reason) = (0, date(2027, 1, 1), String::new());
    let named = fields(&parts.adjust_spare_pool(wrong).await.unwrap_err());
    let all = ["kind", "effective_date", "amount", "reason"];
    assert_eq!(named, all.map(|field| format!("value_adjustment.{field}")));
    let mut wrong = adjust("ifrs", WriteDown, (1, 1));
    let given = wrong.value_adjustment.as_mut().unwrap();
    given.effective_date = date(2025, 12, 31);
    given.amount.as_mut().unwrap().currency_code = "EUR".to_owned();
    let named = fields(&parts.adjust_spare_pool(wrong).await.unwrap_err());
    assert_eq!(named, ["value_adjustment.effective_date", "value_adjustment.amount"]);
    let none = parts.adjust_spare_pool(adjust("nobody", WriteDown, (1, 1))).await.unwrap_err();
    assert_eq!(none.code(), Code::NotFound);
}

async fn a_provision_is_expected_cost_over_sales(kind: Kind) {
    let ((suite, _), call) = (suite(kind).await, call());
    let mut parts = client!(suite, &call, spare_part_service_client::SparePartServiceClient);
    let ask = pb::ComputeProvisionRequest { sales: million(40), expected_cost: million(1) };
    let provision = parts.compute_provision(ask).await.unwrap().into_inner();
    assert_eq!((provision.rate, provision.amount), (decimal("0.025"), million(1)));
    let wrong = pb::ComputeProvisionRequest { sales: million(0), expected_cost: million(-1) };
    let refused = parts.compute_provision(wrong).await.unwrap_err();
    assert_eq!(fields(&refused), ["sales", "expected_cost"]);
}
