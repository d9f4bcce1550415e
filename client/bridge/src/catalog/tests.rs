#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use mulu_proofs::catalog::Method;
use std::os::unix::fs::PermissionsExt;

fn catalog(text: &str) -> Result<CatalogConfig, String> {
    let config: CatalogConfig = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    config.check("portal").map_err(|error| error.to_string())?;
    Ok(config)
}

#[test]
fn a_catalog_is_of_exactly_one_kind_and_refuses_what_it_does_not_know() {
    let ckan = catalog(r#"ckan = { url = "https://data.example", publishers = "p.json", every = "5m" }"#)
        .unwrap()
        .ckan
        .unwrap();
    assert_eq!((ckan.every.get().as_secs(), ckan.reconcile.get().as_secs()), (300, 86_400));
    let why = |text: &str| catalog(text).unwrap_err();
    assert!(why("").contains("exactly one of"));
    let both = "dcat = { file = \"c.jsonld\", publishers = \"p.json\" }\ntable = { entries = \"e.csv\", publishers = \"p.json\" }";
    assert!(why(both).contains("exactly one of"));
    assert!(why(r#"ckan = { url = "https://data.example", publishers = "p.json", rows = 5 }"#).contains("rows"));
    assert!(why(r#"dcat = { publishers = "p.json" }"#).contains("either url or file"));
    assert!(why(r#"dcat = { url = "https://x", file = "c", publishers = "p.json" }"#).contains("either url or file"));
}

#[test]
fn a_pause_has_a_unit_and_bounds() {
    let every = |text: &str| {
        let table = format!(r#"ckan = {{ url = "https://x", publishers = "p", every = "{text}" }}"#);
        catalog(&table).map(|config| config.ckan.unwrap().every.get().as_secs())
    };
    assert_eq!([every("10s"), every("2h"), every("31d")].map(Result::unwrap), [10, 7_200, 2_678_400]);
    for wrong in ["9s", "32d", "10", "ten m", "", "-1h", "99999999999999999999d", "18446744073709551615d"] {
        assert!(every(wrong).unwrap_err().contains("a pause is a number"), "{wrong}");
    }
}

#[test]
fn a_mount_names_its_entry_method_and_schema() {
    let text = "entry = \"306001/1001\"\nmethod = \"database_table\"\nkind = \"table\"\nfile = \"columns.csv\"";
    let config: MountConfig = toml::from_str(text).unwrap();
    assert_eq!((config.method, config.every.get().as_secs()), (Method::DatabaseTable, 3_600));
    let by_id: MountConfig = toml::from_str(&text.replace("\"306001/1001\"", "4")).unwrap();
    assert!(matches!(by_id.entry, mulu_rpc_api::catalog::EntryRef::Id(_)));
    assert!(toml::from_str::<MountConfig>(&format!("{text}\npassword = \"x\"")).is_err());
}

#[test]
fn a_token_stands_in_a_file_or_a_variable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "abc\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let web = |file: Option<&str>, variable| {
        config::web("catalog.portal", folder.path(), file.map(std::path::Path::new), variable)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    web(None, None).unwrap();
    web(Some("token"), None).unwrap();
    assert!(web(Some("none"), None).unwrap_err().contains("read"));
    assert!(web(None, Some("MULU_NO_SUCH_VARIABLE")).unwrap_err().contains("is not set"));
    assert!(web(Some("token"), Some("X")).unwrap_err().contains("both there"));
}

#[tokio::test]
async fn rounds_that_fail_are_begun_again_and_the_trouble_is_told() {
    let (metrics, rounds, stop) = (Metrics::default(), Rounds::default(), Stop::new());
    let mut begun = 0;
    repeat((&metrics, &rounds), "catalog/portal", Duration::from_millis(5), stop.clone(), async || {
        begun += 1;
        match begun {
            1 => Err(CatalogError::Status { host: "x".into(), asked: "y".into(), status: 503 }),
            2 => {
                assert!(metrics.troubles()["catalog/portal"].contains("503"));
                Err(CatalogError::form("the catalog", "it is no JSON"))
            }
            3 => {
                assert!(metrics.troubles()["catalog/portal"].contains("no JSON"));
                let round = rounds.all()["catalog/portal"];
                assert_eq!((round.failures, round.worked, round.next), (2, None, None), "it runs");
                Ok(())
            }
            _ => {
                assert!(metrics.troubles().is_empty());
                let round = rounds.all()["catalog/portal"];
                assert_eq!((round.failures, round.worked), (0, round.ended));
                stop.request();
                Ok(())
            }
        }
    })
    .await;
    assert_eq!(begun, 4);
}
