//! Entries like real ones, and questions to them: the same in every run.

use super::chain::{PROVIDER_FIRST, PROVIDERS};
use crate::bench::{load::Mix, setup::content};
use mulu_proofs::{
    catalog::{
        EntryContent, ITEMS_MAX, Item, List, Method, Methods, ResourceClass, ResourceCode, SharingClass, UpdateCycle,
    },
    ids::DepartmentId,
    text::Text,
};
use mulu_rpc_api::search::{Cycle, EntryState, Freshness, SearchQuery};

const SUBJECTS: [&str; 40] = [
    "不动产",
    "婚姻",
    "企业法人",
    "个体工商户",
    "机动车",
    "驾驶证",
    "社会保险",
    "医疗保险",
    "养老保险",
    "残疾人",
    "低保对象",
    "学籍",
    "教师资格",
    "道路运输",
    "建筑工程",
    "施工",
    "排污",
    "环境监测",
    "食品经营",
    "药品经营",
    "行政处罚",
    "信用",
    "纳税人",
    "户籍",
    "居民身份证",
    "出生医学",
    "殡葬",
    "住房公积金",
    "水利工程",
    "土地出让",
    "房屋租赁",
    "招标投标",
    "专利",
    "档案",
    "疫苗接种",
    "无偿献血",
    "林权",
    "渔业船舶",
    "农业机械",
    "气象灾害",
];
const KINDS: [&str; 12] = [
    "登记信息",
    "许可证",
    "审批结果",
    "缴费记录",
    "名录",
    "统计报表",
    "监督检查信息",
    "年检信息",
    "证明",
    "备案信息",
    "变更记录",
    "注销记录",
];
const PLACES: [&str; 12] = [
    "全市",
    "市区",
    "城东区",
    "城西区",
    "江南区",
    "江北区",
    "高新区",
    "开发区",
    "东阳县",
    "南山县",
    "北湖镇",
    "西岭镇",
];
const ITEMS: [&str; 24] = [
    "统一社会信用代码",
    "姓名",
    "证件号码",
    "证件类型",
    "登记日期",
    "有效期至",
    "发证机关",
    "住所地址",
    "状态",
    "类型",
    "金额",
    "面积",
    "联系电话",
    "法定代表人",
    "注册资本",
    "经营范围",
    "审批文号",
    "办理结果",
    "办理日期",
    "受理单位",
    "行政区划代码",
    "项目名称",
    "备注",
    "更新时间",
];
const CYCLES: [UpdateCycle; 6] = [
    UpdateCycle::RealTime,
    UpdateCycle::Daily,
    UpdateCycle::Weekly,
    UpdateCycle::Monthly,
    UpdateCycle::Quarterly,
    UpdateCycle::Yearly,
];
/// Classes with the digit that their codes begin with.
const CLASSES: [(u8, ResourceClass); 3] =
    [(1, ResourceClass::Base), (2, ResourceClass::Theme), (3, ResourceClass::Department)];
/// Items of an entry.
const ITEMS_EACH: usize = 12;

/// Makes entries and questions.
#[derive(Debug)]
pub struct Contents(Mix);

impl Default for Contents {
    fn default() -> Self {
        Self(Mix::new(4))
    }
}

fn text<const N: u32>(words: &str) -> Text<N> {
    Text::new(words).expect("short words")
}

impl Contents {
    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let place = self.0.below(from.len() as u64);
        &from[usize::try_from(place).expect("below a length")]
    }

    /// Content of the entry of a number.
    pub fn entry(&mut self, number: u32) -> EntryContent {
        let (place, subject, kind) = (*self.pick(&PLACES), *self.pick(&SUBJECTS), *self.pick(&KINDS));
        let (digit, class) = *self.pick(&CLASSES);
        let mut entry = content();
        entry.code = text(&format!("{digit}07001/{number:06}"));
        entry.name = text(&format!("{place}{subject}{kind}"));
        entry.provider = DepartmentId::new(PROVIDER_FIRST + number % PROVIDERS);
        entry.summary = text(&format!(
            "{place}范围内{subject}的{kind}，由主管部门依法采集，用于{}核验和统计分析",
            self.pick(&SUBJECTS)
        ));
        entry.keywords = List::try_from(vec![text(subject), text(kind)]).expect("two");
        entry.classification.attribute = class;
        entry.update_cycle = self.pick(&CYCLES).clone();
        entry.published_on = 20_000 + u32::try_from(self.0.below(300)).expect("below 300");
        entry.items = self.items(&entry.items);
        let methods = [Method::DatabaseTable, Method::File, Method::ServiceInterface];
        entry.sharing.methods = Methods::of(&[*self.pick(&methods), *self.pick(&methods)]);
        entry
    }

    fn items(&mut self, like: &[Item]) -> List<Item, ITEMS_MAX> {
        let first = usize::try_from(self.0.below(ITEMS.len() as u64)).expect("below a length");
        let item = |offset: usize| Item {
            name: text(ITEMS[(first + offset) % ITEMS.len()]),
            code: text(&format!("X{:03}", first + offset)),
            meaning: text(""),
            ..like[0].clone()
        };
        (0..ITEMS_EACH).map(item).collect::<Vec<_>>().try_into().expect("fewer than ITEMS_MAX")
    }

    /// One of the questions that people ask: words, words and facets, facets alone, a code.
    pub fn question(&mut self) -> SearchQuery {
        let (place, subject, kind) = (*self.pick(&PLACES), *self.pick(&SUBJECTS), *self.pick(&KINDS));
        let words = |text: String| SearchQuery { text: Some(text), ..SearchQuery::default() };
        match self.0.below(8) {
            0 => words(subject.to_owned()),
            1 => words(format!("{subject}{kind}")),
            2 => words(format!("{place}{subject}{kind}")),
            3 => words(format!("{subject} {}", self.pick(&ITEMS))),
            4 => SearchQuery {
                freshness: vec![Freshness::Overdue],
                classes: vec![self.pick(&CLASSES).1],
                ..words((*self.pick(&ITEMS)).to_owned())
            },
            5 => SearchQuery {
                cycles: vec![Cycle::Monthly],
                sharing: vec![SharingClass::Unconditional],
                ..words("登记".into())
            },
            6 => SearchQuery {
                providers: vec![DepartmentId::new(PROVIDER_FIRST + 1)],
                states: vec![EntryState::Published],
                ..SearchQuery::default()
            },
            _ => SearchQuery { code_prefix: ResourceCode::new("107001/00").ok(), ..SearchQuery::default() },
        }
    }
}
