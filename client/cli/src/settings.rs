//! What the options mean: an option counts before the environment, the environment before the profile, the profile before what is usual.

use crate::{
    arguments::{Global, Options},
    words,
};
use anyhow::Context;
use mulu_client::{
    ClientError,
    keystore::Keystore,
    profiles::{self, Profile, Profiles},
};
use mulu_proofs::ids::Digest32;
use mulu_rpc_api::signin::Token;
use mulu_verifier::words::Language;
use serde::Serialize;
use std::path::PathBuf;

/// Where a node usually is.
const URL: &str = "ws://127.0.0.1:9944";

/// Who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An option.
    Option,
    /// A variable of the environment.
    Environment(&'static str),
    /// A profile.
    Profile(String),
    /// Nobody: it is usual.
    Default,
}

/// A value, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Who says so.
    pub from: Source,
}

/// Everything that may be set.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// The profile's name, where one counts.
    pub profile: Option<Setting<String>>,
    /// Node.
    pub url: Setting<String>,
    /// Key.
    pub key: Option<Setting<String>>,
    /// Language: zh or en.
    pub language: Setting<&'static str>,
    /// Genesis hash of the chain.
    pub genesis: Option<Setting<mulu_rpc_api::Hex32>>,
}

impl Settings {
    /// Of options, environment and profiles.
    pub fn resolve(
        options: &Options,
        profiles: &Profiles,
        variable: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let profile = in_use(options, profiles, &variable);
        let found = profile.as_ref().map(|name| profiles.get(&name.value)).transpose()?;
        let of = |option: &Option<String>, name: &'static str, field: fn(&Profile) -> &Option<String>| {
            let by = |value: String, from| Setting { value, from };
            let set = variable(name).filter(|value| !value.is_empty());
            let option = option.clone().map(|value| by(value, Source::Option));
            let environment = || set.map(|value| by(value, Source::Environment(name)));
            let of_profile = || {
                let name = profile.as_ref()?.value.clone();
                Some(by(field(found?).clone()?, Source::Profile(name)))
            };
            option.or_else(environment).or_else(of_profile)
        };
        let language = of(&options.lang.map(|language| word(language).to_owned()), "MULU_LANG", |row| &row.language);
        let language = match language {
            Some(Setting { value, from }) => {
                let parsed = value.parse::<Language>().map_err(anyhow::Error::msg);
                let parsed = parsed.with_context(|| format!("{value} is no language"))?;
                Setting { value: word(parsed), from }
            }
            None => Setting { value: word(Language::of_environment()), from: Source::Default },
        };
        let genesis = found.and_then(|found| found.genesis).zip(profile.clone());
        let url = of(&options.url, "MULU_URL", |row| &row.url)
            .unwrap_or_else(|| Setting { value: URL.to_owned(), from: Source::Default });
        let value = words::url(&url.value).map_err(anyhow::Error::msg).with_context(|| {
            let from = match &url.from {
                Source::Environment(name) => (*name).to_owned(),
                Source::Profile(name) => format!("profile {name}"),
                Source::Option | Source::Default => "--url".to_owned(),
            };
            format!("{} of {from} is no address of a node", url.value)
        })?;
        Ok(Self {
            url: Setting { value, ..url },
            key: of(&options.key, "MULU_KEY", |row| &row.key),
            language,
            genesis: genesis.map(|(value, name)| Setting { value, from: Source::Profile(name.value) }),
            profile,
        })
    }

    /// Of this run. Commands on profiles also work where the profile in use is none.
    pub fn of_run(options: &Options, is_about_profiles: bool) -> anyhow::Result<Self> {
        let variable = |name: &str| std::env::var(name).ok();
        let profiles = match profiles::path(variable) {
            Some(path) if !is_about_profiles => Profiles::read(&path)?,
            Some(path) => Profiles::read(&path).unwrap_or_default(),
            None => Profiles::default(),
        };
        match Self::resolve(options, &profiles, variable) {
            Err(_) if is_about_profiles => {
                Self::resolve(&Options { profile: None, ..options.clone() }, &Profiles::default(), |_| None)
            }
            other => other,
        }
    }

    /// What every command is given.
    pub fn global(self, options: Options) -> Global {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let of_environment = || variable("MULU_PASSPHRASE_FILE").map(PathBuf::from);
        Global {
            url: self.url.value,
            key: self.key.map(|key| key.value),
            passphrase_file: options.passphrase_file.clone().or_else(of_environment),
            token: options.token.clone().or_else(|| variable("MULU_TOKEN")).map(Token),
            genesis: self.genesis.map(|genesis| genesis.value.0),
            config: profiles::path(variable),
            json: options.json,
            language: self.language.value.parse().unwrap_or(Language::English),
            building: None,
            options,
        }
    }
}

impl Global {
    /// The file with the profiles.
    pub fn config(&self) -> anyhow::Result<PathBuf> {
        self.config.clone().context("neither MULU_CONFIG nor HOME is set: there is no place for profiles and keys")
    }

    /// Where keys have names: beside the profiles.
    pub fn keystore(&self) -> anyhow::Result<Keystore> {
        Ok(Keystore::new(self.config()?.with_file_name("keys")))
    }

    /// Refuses a chain that is not the one of the profile.
    pub fn expect_chain(&self, found: &Digest32) -> Result<(), ClientError> {
        match self.genesis {
            Some(expected) if expected != *found => Err(ClientError::OtherChain { found: *found, expected }),
            _ => Ok(()),
        }
    }
}

impl Global {
    /// The same for a command within this one: what was typed for that counts first.
    pub fn overridden_by(&self, inner: Options) -> anyhow::Result<Self> {
        let outer = self.options.clone();
        let options = Options {
            url: inner.url.or(outer.url),
            key: inner.key.or(outer.key),
            passphrase_file: inner.passphrase_file.or(outer.passphrase_file),
            token: inner.token.or(outer.token),
            profile: inner.profile.or(outer.profile),
            json: inner.json || outer.json,
            lang: inner.lang.or(outer.lang),
        };
        Ok(Settings::of_run(&options, false)?.global(options))
    }
}

/// The profile that counts: of `--profile`, the environment, or the one in use.
fn in_use(
    options: &Options,
    profiles: &Profiles,
    variable: &impl Fn(&str) -> Option<String>,
) -> Option<Setting<String>> {
    let by = |value: Option<String>, from| value.map(|value| Setting { value, from });
    let set = variable("MULU_PROFILE").filter(|value| !value.is_empty());
    by(options.profile.clone(), Source::Option)
        .or_else(|| by(set, Source::Environment("MULU_PROFILE")))
        .or_else(|| by(profiles.in_use.clone(), Source::Default))
}

const fn word(language: Language) -> &'static str {
    match language {
        Language::Chinese => "zh",
        Language::English => "en",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_rpc_api::Hex32;

    fn profiles() -> Profiles {
        let mut profiles = Profiles::default();
        let city = Profile {
            url: Some("ws://city".into()),
            key: Some("head".into()),
            language: Some("zh".into()),
            genesis: Some(Hex32([7; 32])),
        };
        profiles.add(&"city".parse().unwrap(), city).unwrap();
        profiles.add(&"empty".parse().unwrap(), Profile::default()).unwrap();
        profiles
    }

    fn resolve(options: Options, variables: &[(&str, &str)]) -> anyhow::Result<Settings> {
        let variable = |name: &str| variables.iter().find(|row| row.0 == name).map(|row| row.1.to_owned());
        Settings::resolve(&options, &profiles(), variable)
    }

    #[test]
    fn an_option_counts_before_the_environment_that_before_the_profile_and_that_before_what_is_usual() {
        let city = || Source::Profile("city".into());
        let settings = resolve(Options::default(), &[("MULU_URL", "")]).unwrap();
        assert_eq!(settings.url, Setting { value: "ws://city".into(), from: city() });
        assert_eq!(settings.key, Some(Setting { value: "head".into(), from: city() }));
        assert_eq!(settings.language, Setting { value: "zh", from: city() });
        assert_eq!(settings.genesis, Some(Setting { value: Hex32([7; 32]), from: city() }));

        let variables = [("MULU_URL", "ws://env"), ("MULU_LANG", "en")];
        let settings = resolve(Options::default(), &variables).unwrap();
        assert_eq!(settings.url, Setting { value: "ws://env".into(), from: Source::Environment("MULU_URL") });
        assert_eq!(settings.language, Setting { value: "en", from: Source::Environment("MULU_LANG") });

        let options = Options { url: Some("ws://option".into()), ..Options::default() };
        let settings = resolve(options, &variables).unwrap();
        assert_eq!(settings.url, Setting { value: "ws://option".into(), from: Source::Option });

        let settings = resolve(Options::default(), &[("MULU_PROFILE", "empty")]).unwrap();
        assert_eq!(settings.url, Setting { value: URL.into(), from: Source::Default });
        assert_eq!((settings.key, settings.genesis), (None, None));
        let named = Setting { value: "empty".into(), from: Source::Environment("MULU_PROFILE") };
        assert_eq!(settings.profile, Some(named));
    }

    #[test]
    fn a_profile_that_is_not_there_and_a_language_that_is_none_are_told() {
        let options = Options { profile: Some("state".into()), ..Options::default() };
        let error = resolve(options, &[("MULU_PROFILE", "empty")]).unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(ClientError::NoProfile { name }) if name == "state"));
        assert!(resolve(Options::default(), &[("MULU_LANG", "de")]).is_err());
        let error = resolve(Options::default(), &[("MULU_URL", "127.0.0.1:9944")]).unwrap_err();
        assert_eq!(error.to_string(), "127.0.0.1:9944 of MULU_URL is no address of a node");
        assert!(error.root_cause().to_string().ends_with("as in ws://127.0.0.1:9944"), "{error:#}");
    }
}
