//! Legal forms, at the end of Chinese names and around Western ones.

/// Chinese and Japanese forms, the longest first.
const CHINESE: &[&str] = &[
    "集团股份有限公司",
    "集团有限责任公司",
    "特殊普通合伙",
    "股份有限公司",
    "有限责任公司",
    "个人独资企业",
    "个体工商户",
    "股份公司",
    "集团有限公司",
    "集团公司",
    "控股有限公司",
    "有限合伙",
    "普通合伙",
    "合伙企业",
    "株式会社",
    "有限会社",
    "有限公司",
    "责任公司",
    "总公司",
    "分公司",
    "子公司",
    "经营部",
    "办事处",
    "分厂",
    "总厂",
    "集团",
    "公司",
    "厂",
    "股份",
    "(株)",
];

/// Words of Western forms; taken off both ends.
const WESTERN: &[&str] = &[
    "ab",
    "ag",
    "aktiengesellschaft",
    "and",
    "aps",
    "as",
    "asa",
    "bhd",
    "bv",
    "bvba",
    "co",
    "company",
    "corp",
    "corporation",
    "cv",
    "doo",
    "eg",
    "ek",
    "et",
    "eurl",
    "fzco",
    "fze",
    "gesmbh",
    "gmbh",
    "group",
    "holding",
    "holdings",
    "inc",
    "incorporated",
    "jsc",
    "kabushiki",
    "kaisha",
    "kft",
    "kg",
    "kgaa",
    "kk",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "mbh",
    "nv",
    "ohg",
    "ooo",
    "oy",
    "oyj",
    "pao",
    "plc",
    "private",
    "pt",
    "pte",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "sasu",
    "sdn",
    "se",
    "sl",
    "slu",
    "spa",
    "spk",
    "sro",
    "srl",
    "the",
    "ug",
    "und",
    "y",
    "zao",
    "zoo",
];

/// The name without the form at its end, and whether it says that it is a branch.
pub(super) fn chinese(name: &str) -> (&str, bool) {
    if CHINESE.contains(&name) {
        return (name, false);
    }
    let mut body = name;
    let mut branch = false;
    for prefix in ["株式会社", "有限会社"] {
        body = body.strip_prefix(prefix).unwrap_or(body);
    }
    // `..有限公司宁波分公司`: the branch comes after the form of the whole.
    if let Some(stem) = body.strip_suffix("分公司").or_else(|| body.strip_suffix("办事处")) {
        branch = true;
        let whole = stem.find("公司").map(|at| at + "公司".len());
        body = whole.and_then(|end| stem.get(..end)).unwrap_or(stem);
    }
    let mut shorter = true;
    while shorter {
        shorter = false;
        for form in CHINESE {
            if let Some(stem) = body.strip_suffix(form)
                && stem.chars().count() >= 2
            {
                body = stem;
                shorter = true;
                break;
            }
        }
    }
    (body, branch)
}

/// The words without forms at either end; at least one word stays.
pub(super) fn western(words: Vec<&str>) -> Vec<&str> {
    let form = |word: &&str| WESTERN.contains(word);
    let mut words: Vec<&str> =
        words.into_iter().filter(|word| !matches!(*word, "and" | "und" | "et")).collect();
    while words.len() > 1 && words.last().is_some_and(form) {
        words.pop();
    }
    while words.len() > 1 && words.first().is_some_and(form) {
        words.remove(0);
    }
    words
}

/// Whether a bracketed text is nothing but a form.
pub(super) fn whole(text: &str) -> bool {
    CHINESE.contains(&text) || WESTERN.contains(&text)
}
