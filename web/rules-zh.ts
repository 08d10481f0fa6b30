/** The rules of config/circles.yaml in Chinese; one of a family without its last part. */
export const rulesInChinese: ReadonlyMap<string, string> = new Map([
  ["campus-student", "住在宿舍，或以学生身份在校园度过白天"],
  ["white-collar", "工作日在写字楼度过"],
  ["high-end-business", "高端商务区的白领，且住在高端小区或经常乘机"],
  ["civil-servant", "工作日在政府机关度过"],
  ["factory-worker", "工作日或轮班在工厂度过"],
  ["parent-child", "接送孩子上学、上幼儿园或去少年宫"],
  ["income-$", "住在该档次的小区"],
  ["music", "在音乐演出现场停留了大部分时间"],
  ["music:$", "在该类音乐演出现场停留了大部分时间"],
  ["sport", "在比赛现场停留了大部分时间"],
  ["sport:$", "在该项比赛现场停留了大部分时间"],
  ["industry:$", "参观过该行业的展会"],
  ["film", "去电影院观影"],
  ["shopping", "经常去商场，且从容停留"],
  ["health", "作为患者或陪护去过医院"],
  ["health:$", "作为患者或陪护去过该类医院"],
  ["nine-to-five", "多数工作日按通常时间在居住地与日间地之间往返"],
  ["metro-commuter", "多数工作日乘地铁上班"],
  ["bus-commuter", "多数工作日乘公交上班"],
  ["school-run", "多数上学日在上学或放学时间出现在校门口"],
  ["night-shift", "夜间工作、白天休息"],
  ["frequent-flyer", "三次以上经过机场"],
  ["visitor", "在本市停留数日，没有本地居住地"],
  ["inbound-roamer", "归属网络在境外或属于其他运营商"],
]);

/** What the circles of a family are called, before what makes each one of it. */
export const familiesInChinese: ReadonlyMap<string, string> = new Map([
  ["income-$", "收入圈"],
  ["music:$", "音乐圈"],
  ["sport:$", "体育圈"],
  ["industry:$", "行业圈"],
  ["health:$", "健康圈"],
]);

/** Tiers, genres and subtypes, as the city that comes with Lifecircle has them. */
export const valuesInChinese: ReadonlyMap<string, string> = new Map([
  ...([
    ["high", "高档"],
    ["mid", "中档"],
    ["low", "低档"],
  ] as const),
  ...([
    ["general", "综合医院"],
    ["children", "儿童医院"],
    ["maternity", "妇产医院"],
  ] as const),
  ...([
    ["classical", "古典"],
    ["folk", "民谣"],
    ["jazz", "爵士"],
    ["opera", "戏曲"],
    ["pop", "流行"],
    ["rock", "摇滚"],
  ] as const),
  ...([
    ["athletics", "田径"],
    ["badminton", "羽毛球"],
    ["basketball", "篮球"],
    ["football", "足球"],
  ] as const),
  ...([
    ["auto", "汽车"],
    ["beauty", "美妆"],
    ["building", "建材"],
    ["electronics", "电子"],
  ] as const),
  ...([
    ["food", "食品"],
    ["furniture", "家具"],
    ["textile", "纺织"],
  ] as const),
]);
