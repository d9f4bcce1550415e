//! What the pallet Mounts refuses.

use super::Sentence;

/// One for each variant.
pub const SENTENCES: &[Sentence] = &[
    ("NotPublished", "该目录条目没有已发布的版本；经审核发布的目录（第十六条）才可挂载，请先发布"),
    ("MethodNotOffered", "已发布的版本不以此方式共享；请挂载其共享方式之一，或发布含此方式的版本"),
    ("MountedAlready", "该目录条目已有此方式的挂载；请先用 `mulu mount remove` 结束"),
    ("NotMounted", "该目录条目没有此方式的挂载；请先用 `mulu mount add` 挂载"),
    ("AddressMissing", "挂载须有资源地址：平台能识别的代号；请写明"),
    ("AddressHoldsCredential", "地址疑似含有口令、令牌或密钥；账本由多方读取且不可删除，请改用代号"),
    ("FingerprintMissing", "全零的指纹不是指纹；请由数据结构计算"),
    ("PlatformsInvalid", "挂载须列明至少一个平台，编号升序且不重复；请改正"),
    ("NotPlatform", "所列系统未登记为平台；请用 `mulu system list` 核对"),
    ("ReasonMissing", "结束挂载须说明理由；请用 --reason 说明"),
    ("PlatformNotNamed", "签名人的部门没有挂载所列的平台；请由所列平台报告"),
    ("NothingToReport", "平台所见与账本所载相同；只报告变化"),
];
