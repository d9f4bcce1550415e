//! Catalog entries: the 13 core elements of the catalog guide and what art. 13 adds (SPEC §2).

use crate::{
    departments::SignedAs,
    hash::{self, DigestKind},
    ids::{DepartmentId, Digest32, EntryId, Version},
    text::Text,
};
use bounded_collections::{BoundedVec, ConstU32};
use codec::Encode;

/// Most items of an entry: an event names them in a mask of this many bits.
pub const ITEMS_MAX: u32 = 64;
/// Most keywords.
pub const KEYWORDS_MAX: u32 = 16;
/// Most related resource codes.
pub const RELATED_MAX: u32 = 16;

/// A bounded list.
pub type List<T, const N: u32> = BoundedVec<T, ConstU32<N>>;
/// Resource code `前段码/顺序码`.
pub type ResourceCode = Text<64>;

ledger_types! {
    /// An entry's content: what is submitted, endorsed, reviewed and published as one.
    pub struct EntryContent {
        /// Element 3, resource code: class 1 digit, item 2, sub-item 3, detail variable, `/`, serial.
        pub code: ResourceCode,
        /// Element 2, name.
        pub name: Text<256>,
        /// Element 4 and 5, provider department (its credit code stands in its own record).
        pub provider: DepartmentId,
        /// Element 6, summary. No personal data: it stays for ever.
        pub summary: Text<2048>,
        /// Keywords.
        pub keywords: List<Text<64>, KEYWORDS_MAX>,
        /// Element 13, related resource codes.
        pub related: List<ResourceCode, RELATED_MAX>,
        /// Element 1, classification.
        pub classification: Classification,
        /// Element 7, format.
        pub format: Format,
        /// Element 8, items.
        pub items: List<Item, ITEMS_MAX>,
        /// Element 9, sharing attribute.
        pub sharing: Sharing,
        /// Element 10, opening attribute.
        pub opening: Opening,
        /// Element 11, update cycle.
        pub update_cycle: UpdateCycle,
        /// Element 12, publication date as days since 1970-01-01.
        pub published_on: u32,
        /// Responsibility (§5.3), layers L1 to L4.
        pub responsibility: Responsibility,
        /// Digests of the secrecy and personal-information impact assessments (art. 13).
        pub assessments: Assessments,
    }

    /// Classification (§2.2.1, §5.2).
    pub struct Classification {
        /// By attribute; equals the class digit of the code.
        pub attribute: ResourceClass,
        /// By data grade.
        pub grade: DataGrade,
        /// Sensitivity, 0 (public) to 4.
        pub sensitivity: u8,
        /// Secret marking. Anything but [`Secrecy::None`] is refused before it reaches pool, peer or log (art. 3).
        pub secrecy: Secrecy,
    }

    /// By attribute.
    #[derive(Copy)]
    pub enum ResourceClass {
        /// 基础
        #[codec(index = 1)]
        Base,
        /// 主题
        #[codec(index = 2)]
        Theme,
        /// 部门
        #[codec(index = 3)]
        Department,
    }

    /// Data grade.
    #[derive(Copy)]
    pub enum DataGrade {
        /// 一般
        #[codec(index = 0)]
        General,
        /// 重要
        #[codec(index = 1)]
        Important,
        /// 核心
        #[codec(index = 2)]
        Core,
    }

    /// Secret marking.
    #[derive(Copy)]
    pub enum Secrecy {
        /// Not secret: the only one that is accepted.
        #[codec(index = 0)]
        None,
        /// 工作秘密
        #[codec(index = 1)]
        WorkSecret,
        /// 国家秘密
        #[codec(index = 2)]
        StateSecret,
    }

    /// Format: class and concrete format.
    pub struct Format {
        /// Class.
        pub class: FormatClass,
        /// Concrete format, `csv` for instance.
        pub name: Text<32>,
    }

    /// Format classes of the guide.
    #[derive(Copy)]
    pub enum FormatClass {
        /// 电子文件
        #[codec(index = 1)]
        ElectronicFile,
        /// 电子表格
        #[codec(index = 2)]
        Spreadsheet,
        /// 数据库
        #[codec(index = 3)]
        Database,
        /// 图形图像
        #[codec(index = 4)]
        Image,
        /// 流媒体
        #[codec(index = 5)]
        StreamingMedia,
        /// 自描述格式
        #[codec(index = 6)]
        SelfDescribing,
        /// 服务接口
        #[codec(index = 7)]
        ServiceInterface,
    }

    /// One item (信息项).
    pub struct Item {
        /// Name.
        pub name: Text<128>,
        /// Code, unique in the entry.
        pub code: Text<64>,
        /// Governed data element, if it is one.
        pub element: Option<u32>,
        /// Data type.
        pub data_type: DataType,
        /// Length, 0 where the type has none.
        pub length: u32,
        /// Meaning, standard and value domain in short.
        pub meaning: Text<256>,
        /// Security level, 0 to 4.
        pub level: u8,
        /// May be stricter than the entry's, never laxer.
        pub sharing: SharingClass,
    }

    /// Data types of the guide, with its letters.
    #[derive(Copy)]
    pub enum DataType {
        /// 字符型 C
        #[codec(index = 0)]
        Character,
        /// 数值型 N
        #[codec(index = 1)]
        Numeric,
        /// 货币型 Y
        #[codec(index = 2)]
        Currency,
        /// 日期型 D
        #[codec(index = 3)]
        Date,
        /// 日期时间型 T
        #[codec(index = 4)]
        DateTime,
        /// 逻辑型 L
        #[codec(index = 5)]
        Logical,
        /// 备注型 M
        #[codec(index = 6)]
        Memo,
        /// 通用型 G
        #[codec(index = 7)]
        General,
        /// 双精度型 B
        #[codec(index = 8)]
        Double,
        /// 整型 I
        #[codec(index = 9)]
        Integer,
        /// 浮点型 F
        #[codec(index = 10)]
        Float,
    }

    /// Sharing classes (art. 14), ascending by strictness.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum SharingClass {
        /// 无条件共享
        #[codec(index = 1)]
        Unconditional,
        /// 有条件共享
        #[codec(index = 2)]
        Conditional,
        /// 不予共享
        #[codec(index = 3)]
        NotShared,
    }

    /// Sharing attribute.
    pub struct Sharing {
        /// Class.
        pub class: SharingClass,
        /// Conditional: scope and permitted use (art. 15). Not shared: the reason. Else empty.
        pub condition: Text<512>,
        /// Not shared: the law that says so (art. 15). Else empty.
        pub law: Text<256>,
        /// Ways to share (§4.2.3).
        pub methods: Methods,
    }

    /// A set of sharing methods, as bits: bit n stands for the [`Method`] of code n.
    #[derive(Copy, Default)]
    #[serde(transparent)]
    pub struct Methods(pub u8);

    /// A sharing method (§4.2.3).
    #[derive(Copy, PartialOrd, Ord)]
    pub enum Method {
        /// 库表
        #[codec(index = 0)]
        DatabaseTable,
        /// 文件
        #[codec(index = 1)]
        File,
        /// 服务接口
        #[codec(index = 2)]
        ServiceInterface,
        /// 日志同步
        #[codec(index = 3)]
        LogSynchronisation,
        /// 消息队列
        #[codec(index = 4)]
        MessageQueue,
    }

    /// Opening attribute (§4.3).
    pub struct Opening {
        /// Class, with the meaning of the sharing class but for the public.
        pub class: SharingClass,
        /// Condition, where there is one.
        pub condition: Text<256>,
    }

    /// Update cycle.
    pub enum UpdateCycle {
        /// 实时
        #[codec(index = 0)]
        RealTime,
        /// 每日
        #[codec(index = 1)]
        Daily,
        /// 每周
        #[codec(index = 2)]
        Weekly,
        /// 每旬
        #[codec(index = 3)]
        EveryTenDays,
        /// 每月
        #[codec(index = 4)]
        Monthly,
        /// 每季度
        #[codec(index = 5)]
        Quarterly,
        /// 每年
        #[codec(index = 6)]
        Yearly,
        /// 其他
        #[codec(index = 7)]
        Other(Text<64>),
    }

    /// Responsibility (§5.3).
    pub struct Responsibility {
        /// L1, business matter.
        pub matter: Text<128>,
        /// Kind of the matter, code 0 to 9 in the order of SPEC §2 (licence … other).
        pub matter_kind: u8,
        /// L2, business information.
        pub information: Text<128>,
        /// L3, data standard.
        pub standard: Text<128>,
        /// L4, data source system, by its code.
        pub source: Text<64>,
        /// Data owner and steward: offices, never persons.
        pub steward: Text<128>,
    }

    /// Digests of the assessments of art. 13; the papers stay with the department.
    pub struct Assessments {
        /// Secrecy review.
        #[serde(with = "hex::serde")]
        pub secrecy: Digest32,
        /// Personal-information impact, where the entry holds personal data.
        #[serde(with = "hex::serde")]
        pub personal_information: Digest32,
        /// Day of the later one, days since 1970-01-01.
        pub assessed_on: u32,
    }

    /// Body of [`crate::records::RecordKind::EntrySubmitted`].
    pub struct EntrySubmitted {
        /// Entry.
        pub entry: EntryId,
        /// Version, from 1.
        pub version: Version,
        /// In which role it was submitted.
        pub signed_as: SignedAs,
        /// The whole content.
        pub content: EntryContent,
    }

    /// Body of the acts on a version that add nothing to it: endorsement, review, publication.
    pub struct EntryAct {
        /// Entry.
        pub entry: EntryId,
        /// Version.
        pub version: Version,
        /// Digest of the content that the signer saw ([`EntryContent::digest`]).
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::EntryReturned`].
    pub struct EntryReturned {
        /// Entry.
        pub entry: EntryId,
        /// Version.
        pub version: Version,
        /// Why.
        pub reason: Text<512>,
        /// In which role.
        pub signed_as: SignedAs,
    }
}

impl EntryContent {
    /// Digest over the SCALE bytes: what the head endorses and the authority reviews.
    pub fn digest(&self) -> Digest32 {
        hash::digest(DigestKind::EntryContent, &self.encode())
    }
}

impl Methods {
    /// The set of `methods`.
    pub fn of(methods: &[Method]) -> Self {
        Self(methods.iter().fold(0, |bits, method| bits | 1 << (*method as u8)))
    }

    /// Whether `method` is in it.
    pub const fn contains(self, method: Method) -> bool {
        self.0 >> (method as u8) & 1 == 1
    }
}
