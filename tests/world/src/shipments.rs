//! `shipments.csv`: the deliveries that the ERP knows line by line.

use crate::codes::Gln;
use crate::distributors::Distributor;
use crate::market::{EPCIS_FROM, Market};
use crate::row;
use crate::sheet::{Sheet, money};
use std::collections::BTreeMap;

/// Serial goods until the warehouse scans, lot goods always.
pub fn shipments(network: &[Distributor], market: &Market) -> Sheet {
    let mut sheet = Sheet::new(&[
        "delivery_no",
        "line_no",
        "line_key",
        "shipped_at",
        "from_distributor_no",
        "from_gln",
        "to_gln",
        "distributor_no",
        "product_no",
        "gtin",
        "lot_no",
        "serial_no",
        "quantity",
        "unit",
        "unit_price",
        "currency",
    ]);
    let from = Gln::ours(1).digits();
    let mut lines = Vec::new();
    for delivery in market.deliveries.iter().filter(|d| d.at.date() < EPCIS_FROM) {
        for unit in &delivery.units {
            let goods = (unit.product, String::new(), unit.serial.clone(), 1);
            lines.push((delivery.at, delivery.number.clone(), delivery.distributor, goods));
        }
    }
    for line in &market.lots {
        let number = format!("C{}{:02}", line.at.strftime("%Y%m%d"), line.distributor);
        let goods = (line.product, line.lot.clone(), String::new(), line.quantity);
        lines.push((line.at, number, line.distributor, goods));
    }
    lines.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for (at, delivery, distributor, (product, lot, serial, quantity)) in lines {
        let line = counts.entry(delivery.clone()).or_default();
        *line += 10;
        let to = &network[distributor - 1];
        sheet.push(row![
            delivery,
            line,
            format!("{delivery}-{line}"),
            at.strftime("%F %T"),
            "D00",
            from,
            to.warehouse().digits(),
            to.key(),
            product.number(),
            product.gtin(),
            lot,
            serial,
            quantity,
            "EA",
            money(product.distributor_price()),
            "CNY",
        ]);
    }
    sheet
}
