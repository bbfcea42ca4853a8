//! Places that names of companies begin with: provinces and cities of China, and a few countries in brackets.

use crate::resolution::reading::reading_of;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Provinces by the first two digits of GB/T 2260, each with its cities at prefecture level, and cities known as places of
/// industry below it.
const PLACES: &[(&str, &str)] = &[
    ("11", "北京"),
    ("12", "天津"),
    ("13", "河北 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水"),
    ("14", "山西 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁"),
    ("15", "内蒙古 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布"),
    ("21", "辽宁 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛"),
    ("22", "吉林 长春 四平 辽源 通化 白山 松原 白城 延边"),
    ("23", "黑龙江 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化"),
    ("31", "上海"),
    (
        "32",
        "江苏 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 昆山 江阴 常熟 张家港",
    ),
    ("33", "浙江 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌 余姚 慈溪 乐清 温岭"),
    (
        "34",
        "安徽 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城",
    ),
    ("35", "福建 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 晋江 石狮"),
    ("36", "江西 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶"),
    ("37", "山东 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽"),
    (
        "41",
        "河南 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店",
    ),
    ("42", "湖北 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施"),
    ("43", "湖南 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西"),
    (
        "44",
        "广东 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮",
    ),
    ("45", "广西 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左"),
    ("46", "海南 海口 三亚 三沙 儋州"),
    ("50", "重庆"),
    (
        "51",
        "四川 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳",
    ),
    ("52", "贵州 贵阳 六盘水 遵义 安顺 毕节 铜仁"),
    ("53", "云南 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄 大理"),
    ("54", "西藏 拉萨 日喀则 昌都 林芝 山南 那曲"),
    ("61", "陕西 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛"),
    ("62", "甘肃 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南"),
    ("63", "青海 西宁 海东"),
    ("64", "宁夏 银川 石嘴山 吴忠 固原 中卫"),
    ("65", "新疆 乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 库尔勒"),
    ("71", "台湾 台北 新北 桃园 台中 台南 高雄 新竹"),
    ("81", "香港"),
    ("82", "澳门"),
    // Not a province, but not part of a name either.
    ("00", "中国"),
];

/// Readings that the characters alone do not give, and names in other languages.
const ROMANISED: &[(&str, &str)] = &[
    ("chongqing", "50"),
    ("shaanxi", "61"),
    ("xiamen", "35"),
    ("hongkong", "81"),
    ("macau", "82"),
    ("taiwan", "71"),
    ("china", "00"),
    ("prc", "00"),
    ("tibet", "54"),
    ("guangzhou", "44"),
];

/// What may follow a place.
const SUFFIXES: &[&str] =
    &["特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "省", "市"];

static BY_NAME: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let names = PLACES
        .iter()
        .flat_map(|(province, names)| names.split_whitespace().map(move |name| (name, *province)));
    names.collect()
});

static BY_READING: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut readings: HashMap<String, &'static str> =
        BY_NAME.iter().map(|(name, province)| (reading_of(name), *province)).collect();
    // Two places may read alike; then the spelling below decides, and else the smaller code, whatever the order.
    for (name, province) in BY_NAME.iter() {
        readings.entry(reading_of(name)).and_modify(|known| *known = (*known).min(*province));
    }
    readings.extend(ROMANISED.iter().map(|(name, province)| ((*name).to_owned(), *province)));
    readings
});

const LONGEST: usize = 5;

/// The place at the beginning of a Chinese name and what follows it.
fn first(name: &str) -> Option<(&'static str, &str)> {
    for length in (2..=LONGEST).rev() {
        let end = name.char_indices().nth(length).map_or(name.len(), |(at, _)| at);
        let Some((head, rest)) = name.split_at_checked(end) else { continue };
        if let Some(province) = BY_NAME.get(head) {
            let rest = SUFFIXES.iter().find_map(|suffix| rest.strip_prefix(suffix)).unwrap_or(rest);
            return Some((province, rest));
        }
    }
    None
}

/// A Chinese name without the places in front, and the province of the first; two characters at least stay.
pub(super) fn chinese(name: &str) -> (&str, Option<&'static str>) {
    let (mut body, mut province) = (name, None);
    while let Some((found, rest)) = first(body) {
        if rest.chars().count() < 2 {
            break;
        }
        (body, province) = (rest, province.or(Some(found).filter(|code| *code != "00")));
    }
    (body, province)
}

/// The words without the place in front, whose province is noted; one word at least stays.
pub(super) fn leading<'a>(mut words: Vec<&'a str>, province: &mut String) -> Vec<&'a str> {
    if words.len() > 2 && words.first() == Some(&"hong") && words.get(1) == Some(&"kong") {
        words.drain(..2);
        *province = "81".to_owned();
    }
    while words.len() > 1
        && let Some(found) = words.first().filter(|w| w.is_ascii()).and_then(|w| BY_READING.get(*w))
    {
        if province.is_empty() {
            *province = (*found).to_owned();
        }
        words.remove(0);
    }
    words
}

/// The province of a bracketed text that is nothing but a place.
pub(super) fn whole(text: &str) -> Option<&'static str> {
    if text.is_ascii() {
        return BY_READING.get(text).copied();
    }
    first(text).filter(|(_, rest)| rest.is_empty()).map(|(province, _)| province)
}
