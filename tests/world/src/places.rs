//! Real provinces and cities by GB/T 2260 and ISO 3166; nothing here is invented but their use.

/// A city that customers, shops and machines stand in.
#[derive(Debug)]
pub struct City {
    /// GB/T 2260 prefecture, or ISO 3166 outside China.
    pub region: &'static str,
    /// Chinese name, or the local one.
    pub name: &'static str,
    /// Latin name.
    pub latin: &'static str,
    /// Postal code.
    pub postal: &'static str,
    /// Degrees north and east.
    pub at: (f64, f64),
}

const fn city(
    region: &'static str,
    name: &'static str,
    latin: &'static str,
    postal: &'static str,
    at: (f64, f64),
) -> City {
    City { region, name, latin, postal, at }
}

/// Chinese cities.
pub const CITIES: [City; 51] = [
    city("330100", "杭州", "Hangzhou", "310000", (30.27, 120.15)),
    city("330200", "宁波", "Ningbo", "315000", (29.87, 121.55)),
    city("330300", "温州", "Wenzhou", "325000", (28.00, 120.70)),
    city("330400", "嘉兴", "Jiaxing", "314000", (30.75, 120.76)),
    city("330500", "湖州", "Huzhou", "313000", (30.89, 120.09)),
    city("330600", "绍兴", "Shaoxing", "312000", (30.03, 120.58)),
    city("330700", "金华", "Jinhua", "321000", (29.08, 119.65)),
    city("330800", "衢州", "Quzhou", "324000", (28.97, 118.87)),
    city("331000", "台州", "Taizhou", "318000", (28.66, 121.42)),
    city("331100", "丽水", "Lishui", "323000", (28.47, 119.92)),
    city("360100", "南昌", "Nanchang", "330000", (28.68, 115.86)),
    city("360400", "九江", "Jiujiang", "332000", (29.71, 116.00)),
    city("360700", "赣州", "Ganzhou", "341000", (25.83, 114.93)),
    city("361100", "上饶", "Shangrao", "334000", (28.45, 117.94)),
    city("350100", "福州", "Fuzhou", "350000", (26.07, 119.30)),
    city("350200", "厦门", "Xiamen", "361000", (24.48, 118.09)),
    city("350500", "泉州", "Quanzhou", "362000", (24.87, 118.68)),
    city("350700", "南平", "Nanping", "353000", (26.64, 118.18)),
    city("320100", "南京", "Nanjing", "210000", (32.06, 118.80)),
    city("320200", "无锡", "Wuxi", "214000", (31.49, 120.31)),
    city("320400", "常州", "Changzhou", "213000", (31.81, 119.97)),
    city("320500", "苏州", "Suzhou", "215000", (31.30, 120.58)),
    city("320600", "南通", "Nantong", "226000", (31.98, 120.89)),
    city("440100", "广州", "Guangzhou", "510000", (23.13, 113.26)),
    city("440300", "深圳", "Shenzhen", "518000", (22.54, 114.06)),
    city("440600", "佛山", "Foshan", "528000", (23.02, 113.12)),
    city("441900", "东莞", "Dongguan", "523000", (23.02, 113.75)),
    city("340100", "合肥", "Hefei", "230000", (31.82, 117.23)),
    city("340200", "芜湖", "Wuhu", "241000", (31.35, 118.43)),
    city("341000", "黄山", "Huangshan", "245000", (29.71, 118.34)),
    city("310100", "上海", "Shanghai", "200000", (31.23, 121.47)),
    city("370100", "济南", "Jinan", "250000", (36.65, 117.12)),
    city("370200", "青岛", "Qingdao", "266000", (36.07, 120.38)),
    city("370300", "淄博", "Zibo", "255000", (36.81, 118.05)),
    city("410100", "郑州", "Zhengzhou", "450000", (34.75, 113.63)),
    city("410300", "洛阳", "Luoyang", "471000", (34.62, 112.45)),
    city("420100", "武汉", "Wuhan", "430000", (30.59, 114.31)),
    city("420500", "宜昌", "Yichang", "443000", (30.69, 111.29)),
    city("430100", "长沙", "Changsha", "410000", (28.23, 112.94)),
    city("430200", "株洲", "Zhuzhou", "412000", (27.83, 113.13)),
    city("510100", "成都", "Chengdu", "610000", (30.57, 104.07)),
    city("510700", "绵阳", "Mianyang", "621000", (31.47, 104.68)),
    city("500100", "重庆", "Chongqing", "400000", (29.56, 106.55)),
    city("120100", "天津", "Tianjin", "300000", (39.08, 117.20)),
    city("130100", "石家庄", "Shijiazhuang", "050000", (38.04, 114.51)),
    city("130200", "唐山", "Tangshan", "063000", (39.63, 118.18)),
    city("210100", "沈阳", "Shenyang", "110000", (41.80, 123.43)),
    city("210200", "大连", "Dalian", "116000", (38.91, 121.61)),
    city("610100", "西安", "Xi'an", "710000", (34.34, 108.94)),
    city("450100", "南宁", "Nanning", "530000", (22.82, 108.37)),
    city("450200", "柳州", "Liuzhou", "545000", (24.33, 109.43)),
];

/// Cities of the customers abroad.
pub const ABROAD: [City; 10] = [
    city("DE-NW", "Krefeld", "Krefeld", "47798", (51.33, 6.56)),
    city("DE-BY", "Augsburg", "Augsburg", "86150", (48.37, 10.90)),
    city("DE-BW", "Reutlingen", "Reutlingen", "72764", (48.49, 9.21)),
    city("US-OH", "Toledo", "Toledo", "43604", (41.65, -83.54)),
    city("US-NC", "Greensboro", "Greensboro", "27401", (36.07, -79.79)),
    city("US-TX", "Waco", "Waco", "76701", (31.55, -97.15)),
    city("VN", "Biên Hòa", "Bien Hoa", "76000", (10.95, 106.82)),
    city("VN", "Hải Phòng", "Hai Phong", "04000", (20.86, 106.68)),
    city("TH", "ชลบุรี", "Chonburi", "20000", (13.36, 100.98)),
    city("TH", "ระยอง", "Rayong", "21000", (12.68, 101.28)),
];

/// How common customers are by province: the maker is at home in Zhejiang.
pub const CUSTOMER_WEIGHTS: [(&str, f64); 20] = [
    ("33", 30.0),
    ("32", 16.0),
    ("44", 11.0),
    ("35", 8.0),
    ("36", 6.0),
    ("34", 6.0),
    ("31", 7.0),
    ("37", 7.0),
    ("41", 4.0),
    ("42", 5.0),
    ("43", 4.0),
    ("51", 4.0),
    ("50", 2.0),
    ("12", 2.0),
    ("13", 3.0),
    ("21", 3.0),
    ("61", 2.0),
    ("45", 2.0),
    ("11", 0.0),
    ("53", 0.0),
];

/// The province (six digits) of a Chinese region, or the country of a foreign one.
pub fn province(region: &str) -> String {
    if region.as_bytes()[0].is_ascii_digit() {
        format!("{}0000", &region[..2])
    } else {
        region[..2].to_owned()
    }
}

/// The Chinese cities of a province, by its first two digits or its whole code.
pub fn cities_of(province: &str) -> Vec<&'static City> {
    CITIES.iter().filter(|city| city.region[..2] == province[..2]).collect()
}

/// The Chinese name of a province that a distributor answers for.
pub fn province_name(code: &str) -> (&'static str, &'static str) {
    match &code[..2] {
        "33" => ("浙江", "Zhejiang"),
        "36" => ("江西", "Jiangxi"),
        "35" => ("福建", "Fujian"),
        "32" => ("江苏", "Jiangsu"),
        "44" => ("广东", "Guangdong"),
        "34" => ("安徽", "Anhui"),
        "31" => ("上海", "Shanghai"),
        "37" => ("山东", "Shandong"),
        "41" => ("河南", "Henan"),
        "42" => ("湖北", "Hubei"),
        "43" => ("湖南", "Hunan"),
        "51" => ("四川", "Sichuan"),
        _ => ("其他", "Other"),
    }
}
