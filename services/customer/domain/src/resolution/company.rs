//! Names of companies, Chinese and Western, without what does not tell them apart: legal form, region, script, width.

mod legal_form;
mod place;

use unicode_normalization::UnicodeNormalization;

/// A company's name in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompanyName {
    /// What is left, lower case, in simplified characters, words separated by one space.
    pub core: String,
    /// The first two digits of GB/T 2260 of the place that the name begins with or has in brackets; empty if none.
    pub province: String,
    /// Whether the name says that it is a branch.
    pub branch: bool,
}

/// Takes a name apart. A name that is nothing but legal form and place keeps them.
#[must_use]
pub fn company_name(text: &str) -> CompanyName {
    let plain = folded(text);
    let mut name = CompanyName::default();
    let outside = without_brackets(&plain, &mut name);
    let spaced = words_apart(&outside);
    let mut words: Vec<&str> = spaced.split_whitespace().collect();
    let before = words.join(" ");
    words = legal_form::western(words);
    words = place::leading(words, &mut name.province);
    let chinese: Vec<String> = words
        .into_iter()
        .map(|word| if word.is_ascii() { word.to_owned() } else { chinese(word, &mut name) })
        .filter(|word| !word.is_empty())
        .collect();
    name.core = chinese.join(" ");
    if name.core.is_empty() {
        name.core = before;
    }
    name
}

/// Lower case, half width, no accents, simplified characters, `&` and its words gone.
fn folded(text: &str) -> String {
    let plain: String = text
        .nfkd()
        .filter(|c| !matches!(*c, '\u{300}'..='\u{36f}' | '.' | '\'' | '\u{2019}' | '·'))
        .flat_map(char::to_lowercase)
        .collect();
    let plain = plain.replace('ß', "ss").replace('ø', "o").replace('æ', "ae").replace('ł', "l");
    if plain.is_ascii() { plain } else { hanconv::t2s(&plain) }
}

/// Takes bracketed parts out: a place or a legal form is noted and dropped, anything else stays as a word.
fn without_brackets(text: &str, name: &mut CompanyName) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(['(', '[', '【', '〔']) {
        let Some((inside, behind)) = after.split_once([')', ']', '】', '〕']) else { break };
        kept.push_str(before);
        let inside = inside.trim();
        if let Some(province) = place::whole(inside) {
            if name.province.is_empty() {
                name.province = province.to_owned();
            }
        } else if !legal_form::whole(inside) {
            kept.push(' ');
            kept.push_str(inside);
            kept.push(' ');
        }
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// Letters and digits stay, everything else separates; Chinese and Latin runs are words of their own.
fn words_apart(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 8);
    let mut last: Option<bool> = None;
    for c in text.chars() {
        if !c.is_alphanumeric() {
            spaced.push(' ');
            last = None;
            continue;
        }
        let ascii = c.is_ascii();
        if last.is_some_and(|last| last != ascii) {
            spaced.push(' ');
        }
        last = Some(ascii);
        spaced.push(c);
    }
    spaced
}

/// A run of Chinese characters without the place in front and the legal form at the end.
fn chinese(word: &str, name: &mut CompanyName) -> String {
    let (body, branch) = legal_form::chinese(word);
    name.branch |= branch;
    let (body, province) = place::chinese(body);
    if name.province.is_empty()
        && let Some(province) = province
    {
        name.province = province.to_owned();
    }
    body.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_company_have_one_core() {
        for (text, core, province) in [
            ("浙江海联压缩机有限公司", "海联压缩机", "33"),
            ("浙江省海联壓縮機股份有限公司", "海联压缩机", "33"),
            ("海联压缩机（浙江）有限公司", "海联压缩机", "33"),
            ("杭州市海联压缩机厂", "海联压缩机", "33"),
            ("ＨＬ压缩机（集团）有限公司", "hl 压缩机", ""),
            ("Siemens AG", "siemens", ""),
            ("Siemens (China) Co., Ltd.", "siemens", "00"),
            ("Müller & Söhne GmbH & Co. KG", "muller sohne", ""),
            ("The Atlas Copco Company, Inc.", "atlas copco", ""),
            ("S.A. Air Liquide", "air liquide", ""),
            ("Hangzhou Hailian Compressor Co.,Ltd", "hailian compressor", "33"),
            ("株式会社日立製作所", "日立制作所", ""),
            ("有限公司", "有限公司", ""),
            ("北京", "北京", ""),
            ("", "", ""),
        ] {
            let name = company_name(text);
            assert_eq!((name.core.as_str(), name.province.as_str()), (core, province), "{text}");
        }
        assert!(company_name("海联压缩机有限公司宁波分公司").branch);
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_a_core_if_it_has_a_letter(text in "\\PC{0,30}") {
            let name = company_name(&text);
            let again = company_name(&name.core);
            proptest::prop_assert!(again.core.len() <= name.core.len());
        }
    }
}
