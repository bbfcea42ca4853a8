//! What a report names in its groups and steps, in the page's language.

use aftercare_pricing_domain::language::Language;

/// Heading and column of a dimension.
pub(super) fn cut(dimension: &str, language: Language) -> (&'static str, &'static str) {
    let (english, chinese) = match dimension {
        "region" => (("By region", "region"), ("按地区", "地区")),
        "product" => (("By product", "product"), ("按产品", "产品")),
        "age" => (("By age", "age"), ("按机龄", "机龄")),
        "segment" => (("By segment", "segment"), ("按客户类型", "客户类型")),
        "salesperson" => (("By salesperson", "salesperson"), ("按销售人员", "销售人员")),
        "technician" => (("By technician", "technician"), ("按技师", "技师")),
        _ => (("All", "all"), ("合计", "合计")),
    };
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// A step of the waterfall; one that is not known as it is.
pub(super) fn step_name(step: &str, language: Language) -> &str {
    match (language, step) {
        (Language::Chinese, "list") => "目录价",
        (Language::Chinese, "concession") => "条款让步",
        (Language::Chinese, "discount") => "折扣",
        (Language::Chinese, "pocket price") => "实际价格",
        (Language::Chinese, "marginal cost") => "边际成本",
        (Language::Chinese, "pocket margin") => "实际毛利",
        (Language::English | Language::Chinese, other) => other,
    }
}

/// A group's value where it is a word of ours; ids and codes as they are.
pub(super) fn value_name(value: &str, language: Language) -> &str {
    let (english, chinese) = match value {
        "" | "unknown" | "SEGMENT_UNSPECIFIED" => ("not known", "未知"),
        "SEGMENT_RISK_AVERSE" => ("risk-averse", "规避风险型"),
        "SEGMENT_BASIC_NEEDS" => ("basic needs", "基本需求型"),
        "SEGMENT_HAND_HOLDER" => ("hand holder", "全程陪伴型"),
        "0 to 3 years" => ("0 to 3 years", "0 至 3 年"),
        "3 to 7 years" => ("3 to 7 years", "3 至 7 年"),
        "7 to 12 years" => ("7 to 12 years", "7 至 12 年"),
        "12 years and more" => ("12 years and more", "12 年以上"),
        other => return other,
    };
    language.say(english, chinese)
}
