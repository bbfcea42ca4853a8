//! The sample world: its seeded generator. What is in the files is said in the README beside this crate.

pub mod assets;
pub mod catalogue;
pub mod codes;
pub mod customers;
pub mod dice;
pub mod distributors;
pub mod epcis;
pub mod market;
pub mod names;
pub mod places;
pub mod sheet;
pub mod shipments;
pub mod truth;
pub mod work_orders;

use encoding_rs::GB18030;
use market::Market;
use names::Namer;

/// One file of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldFile {
    /// Path below `tests/world`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Every file, always the same.
pub fn generate() -> Vec<WorldFile> {
    let mut namer = Namer::default();
    let people = customers::people(&mut namer);
    let machines = assets::machines(&people);
    let failures = work_orders::failures(&machines);
    let network = distributors::network(&mut namer);
    let shops = distributors::shops();
    let market = Market::run(&network);
    let contacts = customers::contacts(&people).to_csv();
    let mut files = vec![
        file("erp/customers.csv", customers::customers(&people).to_csv()),
        // An old module of the ERP writes this one (README).
        WorldFile {
            path: "erp/contacts.csv".to_owned(),
            bytes: GB18030.encode(&contacts).0.into_owned(),
        },
        file("erp/products.csv", catalogue::products().to_csv()),
        file("erp/parts.csv", catalogue::parts().to_csv()),
        file("erp/rate_cards.csv", catalogue::rate_cards().to_csv()),
        file("erp/assets.csv", assets::assets(&people, &machines, &network).to_csv()),
        file(
            "erp/work_orders.csv",
            work_orders::work_orders(&people, &machines, &failures).to_csv(),
        ),
        file("erp/distributors.csv", distributors::distributors(&network).to_csv()),
        file("erp/locations.csv", distributors::locations(&network, &shops).to_csv()),
        file("erp/territories.csv", distributors::territories(&network).to_csv()),
        file("erp/rebate_plans.csv", distributors::rebate_plans(&network, &market).to_csv()),
        file("erp/exceptions.csv", distributors::exceptions().to_csv()),
        file("erp/shipments.csv", shipments::shipments(&network, &market).to_csv()),
    ];
    let documents = epcis::documents(&network, &shops, &market);
    files.extend(documents.into_iter().map(|(path, text)| file(&path, text)));
    files
}

fn file(path: &str, text: String) -> WorldFile {
    WorldFile { path: path.to_owned(), bytes: text.into_bytes() }
}
