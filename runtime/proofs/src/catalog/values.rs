//! The closed lists of the catalog guide that an entry's content draws on.

use crate::text::Text;

ledger_types! {
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

    /// By data kind (§5.2).
    #[derive(Copy)]
    pub enum DataKind {
        /// 元数据
        #[codec(index = 0)]
        Metadata,
        /// 基础数据: what other data is classified or coded by.
        #[codec(index = 1)]
        Reference,
        /// 对象数据: people, legal persons, places, with one authoritative source.
        #[codec(index = 2)]
        Object,
        /// 事务数据: what the business itself produces.
        #[codec(index = 3)]
        Transaction,
        /// 报告数据: statistics and what else is derived.
        #[codec(index = 4)]
        Report,
        /// 其他
        #[codec(index = 5)]
        Other,
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

    /// Kind of business matter (§5.3.1).
    #[derive(Copy)]
    pub enum MatterKind {
        /// 行政许可
        #[codec(index = 0)]
        Licence,
        /// 行政处罚
        #[codec(index = 1)]
        Penalty,
        /// 行政强制
        #[codec(index = 2)]
        Coercion,
        /// 行政征收
        #[codec(index = 3)]
        Levy,
        /// 行政给付
        #[codec(index = 4)]
        Payment,
        /// 行政检查
        #[codec(index = 5)]
        Inspection,
        /// 行政确认
        #[codec(index = 6)]
        Confirmation,
        /// 行政奖励
        #[codec(index = 7)]
        Reward,
        /// 行政裁决
        #[codec(index = 8)]
        Ruling,
        /// 其他
        #[codec(index = 9)]
        Other,
    }
}

impl UpdateCycle {
    /// The most days from one update to the next, where the cycle says so.
    pub const fn days(&self) -> Option<u16> {
        Some(match self {
            Self::RealTime => 0,
            Self::Daily => 1,
            Self::Weekly => 7,
            Self::EveryTenDays => 10,
            Self::Monthly => 31,
            Self::Quarterly => 92,
            Self::Yearly => 366,
            Self::Other(_) => return None,
        })
    }
}

impl Methods {
    /// Every method that there is.
    pub const ALL: Self = Self(0b1_1111);

    /// The set of `methods`.
    pub fn of(methods: &[Method]) -> Self {
        Self(methods.iter().fold(0, |bits, method| bits | 1 << (*method as u8)))
    }

    /// Whether `method` is in it.
    pub const fn contains(self, method: Method) -> bool {
        self.0 >> (method as u8) & 1 == 1
    }

    /// Whether no method is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are not in `others`.
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Those that are in `others` too.
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Those of both.
    pub const fn or(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }
}
