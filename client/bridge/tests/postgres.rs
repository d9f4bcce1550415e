//! Tables of a real PostgreSQL, read into a spool: each committed row once, whatever happens to database and bridge.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod spooled;

/// They start processes of Debian's PostgreSQL 15.
mod processes {
    use super::spooled::{PATIENCE, Spooled, check_snippet, event, secret, snippets, sorted};
    use mulu_bridge::{
        error::BridgeError,
        source::postgres::{self, PostgresConfig},
    };
    use std::{
        fs,
        net::TcpListener,
        os::unix::{fs::chown, process::CommandExt},
        path::{Path, PathBuf},
        process::{Child, Command, Stdio},
        time::{Duration, Instant},
    };
    use tempfile::TempDir;
    use tokio::task::JoinHandle;
    use tokio_postgres::{Client, NoTls};

    /// Where Debian keeps the programs of version 15.
    const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
    /// What the page tells to make.
    const PAGE: &str = include_str!("../../../docs/integration/postgresql.md");

    /// A server in a folder of its own.
    struct Server {
        folder: TempDir,
        owner: Option<(u32, u32)>,
        port: u16,
        child: Option<Child>,
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.stop();
        }
    }

    /// Ids of the user whom the server runs as, where this process is root: the server refuses to be.
    fn owner() -> Option<(u32, u32)> {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        if !status.lines().any(|line| line.starts_with("Uid:\t0\t")) {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").unwrap();
        let line = users.lines().find(|line| line.starts_with("postgres:")).expect("there is a user postgres");
        let mut ids = line.split(':').skip(2).map(|id| id.parse().unwrap());
        Some((ids.next().unwrap(), ids.next().unwrap()))
    }

    impl Server {
        async fn start() -> Self {
            Self::with("").await
        }

        async fn with(settings: &str) -> Self {
            let (folder, owner) = (tempfile::tempdir().unwrap(), owner());
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut server = Self { folder, owner, port, child: None };
            server.own(server.folder.path());
            let mut initdb = server.program("initdb");
            initdb.arg("--pgdata").arg(server.data());
            initdb.args(["--username=bridge", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
            let made = initdb.output();
            let made = made.expect("PostgreSQL 15 is installed: apt-get install postgresql-15");
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            let file = server.data().join("postgresql.conf");
            let before = fs::read_to_string(&file).unwrap();
            let own =
                format!("listen_addresses = '127.0.0.1'\nport = {port}\nfsync = off\nautovacuum = off\n{settings}\n");
            fs::write(&file, before + &own).unwrap();
            server.run().await;
            server
        }

        fn own(&self, path: &Path) {
            if let Some((user, group)) = self.owner {
                chown(path, Some(user), Some(group)).unwrap();
            }
        }

        fn data(&self) -> PathBuf {
            self.folder.path().join("data")
        }

        fn program(&self, name: &str) -> Command {
            let mut command = Command::new(Path::new(PROGRAMS).join(name));
            command.current_dir(self.folder.path()).stdin(Stdio::null());
            if let Some((user, group)) = self.owner {
                command.uid(user).gid(group);
            }
            command
        }

        async fn run(&mut self) {
            let log =
                fs::File::options().create(true).append(true).open(self.folder.path().join("server.log")).unwrap();
            let mut command = self.program("postgres");
            command.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
            self.child = Some(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
            let started = Instant::now();
            while tokio_postgres::connect(&self.address(), NoTls).await.is_err() {
                assert!(
                    started.elapsed() < PATIENCE,
                    "{}",
                    fs::read_to_string(self.folder.path().join("server.log")).unwrap()
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }

        /// Ends it as it wants to be ended at once: its processes with it.
        fn stop(&mut self) {
            if let Some(mut child) = self.child.take() {
                let stopped = self.program("pg_ctl").args(["stop", "-m", "immediate", "-D"]).arg(self.data()).output();
                assert!(stopped.is_ok());
                child.wait().unwrap();
            }
        }

        fn address(&self) -> String {
            format!("host={} port={} user=bridge dbname=postgres", self.folder.path().display(), self.port)
        }

        async fn client(&self) -> Client {
            let (client, connection) = tokio_postgres::connect(&self.address(), NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        }

        /// The table of the page.
        async fn with_table(&self) -> Client {
            let client = self.client().await;
            client.batch_execute(snippets(PAGE, "sql")[0]).await.unwrap();
            client
        }

        fn config(&self, more: &str) -> PostgresConfig {
            let text = format!("database.connection = '{}'\ntable = 'mulu_outbox'\n{more}", self.address());
            let config: PostgresConfig = toml::from_str(&text).unwrap();
            config.check().unwrap();
            config
        }

        fn run_source(&self, spooled: &Spooled, more: &str) -> JoinHandle<Result<(), BridgeError>> {
            tokio::spawn(postgres::run(self.config(more), spooled.intake("event"), spooled.stop.clone()))
        }
    }

    async fn insert(client: &Client, numbers: std::ops::Range<u32>) {
        for number in numbers {
            insert_event(client, number).await;
        }
    }

    async fn insert_event(client: &Client, number: u32) {
        let insert = "INSERT INTO mulu_outbox (payload) VALUES ($1::text::jsonb)";
        client.execute(insert, &[&event(number)]).await.unwrap();
    }

    async fn count(client: &Client) -> i64 {
        client.query_one("SELECT count(*) FROM mulu_outbox", &[]).await.unwrap().get(0)
    }

    fn numbers(range: std::ops::Range<u32>) -> Vec<u32> {
        range.collect()
    }

    const BY_XID: &str = "xid = 'xid'\npoll = '1s'";

    #[test]
    fn the_page_shows_a_configuration_that_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let authority = rcgen::generate_simple_self_signed(["db.example".to_owned()]).unwrap();
        secret(folder.path(), "db.password", "hunter2");
        secret(folder.path(), "db-ca.pem", &authority.cert.pem());
        check_snippet(snippets(PAGE, "toml")[0], folder.path());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn equal_rows_are_calls_of_their_own() {
        let server = Server::start().await;
        let client = server.with_table().await;
        for _ in 0..3 {
            insert_event(&client, 7).await;
        }
        for more in [BY_XID, "settle = '1s'\npoll = '1s'"] {
            let spooled = Spooled::new();
            let source = server.run_source(&spooled, more);
            assert_eq!(spooled.until(3).await, [7; 3], "{more}");
            assert_eq!(spooled.calls(), 3, "{more}");
            spooled.stopped(source).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_statements_of_the_page_take_calls_from_a_log_to_the_bridge_with_no_more_rights_than_it_needs() {
        let server = Server::start().await;
        let client = server.client().await;
        let log = "CREATE TABLE access_log (called_at timestamptz, approval bigint, request_id text, row_count int, user_name text, client_ip text)";
        client.batch_execute(log).await.unwrap();
        for statements in snippets(PAGE, "sql") {
            client.batch_execute(statements).await.unwrap();
        }
        let insert = "INSERT INTO access_log VALUES ('2026-11-01 08:00:00+08', NULL, 'r-1', 7, 'zhang', '203.0.113.9'), ('2026-11-01 08:00:01+08', NULL, 'r-2', 8, 'li', NULL)";
        client.batch_execute(insert).await.unwrap();
        let spooled = Spooled::new();
        let mut config = server.config(&format!("{BY_XID}\nnotify = 'mulu_outbox'\ndelete = true"));
        config.database.connection = config.database.connection.replace("user=bridge", "user=mulu_bridge");
        let source = tokio::spawn(postgres::run(config, spooled.intake("event"), spooled.stop.clone()));
        assert_eq!(spooled.until(2).await, [7, 8]);
        assert_eq!(count(&client).await, 0);
        client.batch_execute("REVOKE DELETE ON mulu_outbox FROM mulu_bridge").await.unwrap();
        insert_event(&client, 9).await;
        assert_eq!(spooled.until(3).await, [7, 8, 9], "what is not deleted is read all the same");
        spooled.until_trouble("permission denied for table mulu_outbox").await;
        client.batch_execute("GRANT DELETE ON mulu_outbox TO mulu_bridge").await.unwrap();
        insert_event(&client, 10).await;
        assert_eq!(spooled.until(4).await, [7, 8, 9, 10]);
        assert_eq!(count(&client).await, 0);
        spooled.until_well().await;
        spooled.stopped(source).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_row_whose_transaction_ends_late_is_read_and_none_before_it() {
        let server = Server::start().await;
        let (early, late) = (server.with_table().await, server.client().await);
        let spooled = Spooled::new();
        let source = server.run_source(&spooled, BY_XID);
        late.batch_execute("BEGIN").await.unwrap();
        insert(&late, 0..1).await;
        insert(&early, 1..3).await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(spooled.rows().is_empty(), "row 0 has a lower number and may still come");
        late.batch_execute("COMMIT").await.unwrap();
        assert_eq!(spooled.until(3).await, [0, 1, 2]);
        spooled.stopped(source).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn with_both_types_of_column_writers_at_once_and_a_bridge_that_is_killed_each_committed_row_comes_once() {
        for kind in ["bigint", "xid8"] {
            let server = Server::start().await;
            let client = server.with_table().await;
            if kind == "xid8" {
                let change = "ALTER TABLE mulu_outbox DROP COLUMN xid; \
                    ALTER TABLE mulu_outbox ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()";
                client.batch_execute(change).await.unwrap();
            }
            let mut writers = Vec::new();
            for writer in 0..6_u32 {
                let client = server.client().await;
                writers.push(tokio::spawn(async move {
                    for turn in 0..25_u32 {
                        client.batch_execute("BEGIN").await.unwrap();
                        let first = writer * 100 + turn * 4;
                        insert(&client, first..first + 2).await;
                        tokio::time::sleep(Duration::from_millis(u64::from(first * 7 % 23))).await;
                        insert(&client, first + 2..first + 4).await;
                        let end = if turn % 5 == 4 { "ROLLBACK" } else { "COMMIT" };
                        client.batch_execute(end).await.unwrap();
                    }
                }));
            }
            let mut spooled = Spooled::new();
            for round in 0..6 {
                let source = server.run_source(&spooled, BY_XID);
                tokio::time::sleep(Duration::from_millis(60 + 23 * round)).await;
                source.abort();
                assert!(source.await.unwrap_err().is_cancelled());
                spooled = spooled.restarted().await;
            }
            let source = server.run_source(&spooled, BY_XID);
            for writer in writers {
                writer.await.unwrap();
            }
            let expected: Vec<u32> = (0..600).filter(|number| number / 4 % 25 % 5 != 4).collect();
            assert_eq!(sorted(spooled.until(expected.len()).await), expected, "{kind}");
            spooled.stopped(source).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_nudge_is_heard_at_once() {
        let server = Server::start().await;
        let client = server.with_table().await;
        let spooled = Spooled::new();
        let source = server.run_source(&spooled, "xid = 'xid'\nnotify = 'mulu_outbox'\npoll = '1h'");
        insert(&client, 0..1).await;
        spooled.until(1).await;
        // By now it would sleep for seconds.
        tokio::time::sleep(Duration::from_secs(7)).await;
        let started = Instant::now();
        insert(&client, 1..2).await;
        while spooled.rows().len() < 2 {
            assert!(started.elapsed() < Duration::from_secs(1), "the nudge was not heard");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        spooled.stopped(source).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rows_are_deleted_once_they_are_durable_and_not_before() {
        let server = Server::start().await;
        let client = server.with_table().await;
        insert(&client, 0..10).await;
        let spooled = Spooled::bounded(5);
        let source = server.run_source(&spooled, &format!("{BY_XID}\ndelete = true"));
        assert_eq!(spooled.until(10).await, numbers(0..10));
        assert_eq!(count(&client).await, 0);
        insert(&client, 10..20).await;
        spooled.until_trouble("the bound is 5").await;
        assert_eq!(count(&client).await, 10, "what the full spool did not take stays");
        spooled.stopped(source).await;
        let spooled = spooled.restarted().await;
        let source = server.run_source(&spooled, &format!("{BY_XID}\ndelete = true"));
        assert_eq!(spooled.until(20).await, numbers(0..20));
        assert_eq!(count(&client).await, 0);
        spooled.stopped(source).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_connection_that_is_cut_and_a_server_that_restarts_are_waited_for() {
        let mut server = Server::start().await;
        let client = server.with_table().await;
        let spooled = Spooled::new();
        let source = server.run_source(&spooled, BY_XID);
        insert(&client, 0..5).await;
        spooled.until(5).await;
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mulu-bridge'";
        assert_eq!(client.query(cut, &[]).await.unwrap().len(), 1);
        insert(&client, 5..10).await;
        assert_eq!(spooled.until(10).await, numbers(0..10));
        drop(client);
        server.stop();
        spooled.until_trouble("").await;
        server.run().await;
        insert(&server.client().await, 10..15).await;
        assert_eq!(spooled.until(15).await, numbers(0..15));
        spooled.until_well().await;
        spooled.stopped(source).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_a_column_for_transactions_rows_wait_until_they_have_settled() {
        let server = Server::start().await;
        let (early, late) = (server.with_table().await, server.client().await);
        let spooled = Spooled::new();
        let source = server.run_source(&spooled, "settle = '3s'\npoll = '200ms'");
        late.batch_execute("BEGIN").await.unwrap();
        insert(&late, 0..1).await;
        insert(&early, 1..2).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        late.batch_execute("COMMIT").await.unwrap();
        assert!(spooled.rows().is_empty(), "not settled yet");
        assert_eq!(spooled.until(2).await, [0, 1]);
        spooled.stopped(source).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_no_event_is_kept_and_a_whole_row_can_be_one() {
        let server = Server::start().await;
        let client = server.client().await;
        let table = "CREATE TABLE mulu_outbox (seq serial PRIMARY KEY, xid bigint NOT NULL DEFAULT txid_current(), payload text); \
            INSERT INTO mulu_outbox (payload) VALUES (NULL), ('Zhang San'), ('{\"time\":1,\"rows\":1}'), (repeat('x', 300000)), ('7'); \
            CREATE TABLE calls (id serial PRIMARY KEY, xid bigint NOT NULL DEFAULT txid_current(), \"time\" bigint, \"rows\" int); \
            INSERT INTO calls (\"time\", \"rows\") VALUES (5, 50), (6, 60); CREATE VIEW as_events AS SELECT id, xid, \"time\", \"rows\" FROM calls";
        client.batch_execute(table).await.unwrap();
        let spooled = Spooled::new();
        let source = server.run_source(&spooled, BY_XID);
        assert_eq!(spooled.until(1).await, [1]);
        assert_eq!(spooled.until_held(4).await[..3], ["empty", "not_json", "too_large"]);
        spooled.stopped(source).await;

        let spooled = Spooled::new();
        let config = PostgresConfig {
            table: "as_events".into(),
            seq: "id".into(),
            payload: "*".into(),
            ..server.config(BY_XID)
        };
        let mapping = toml::from_str::<toml::Value>("time = { path = 'time' }\nrows = { path = 'rows' }").unwrap();
        let intake = spooled.intake_with(&mapping);
        let source = tokio::spawn(postgres::run(config, intake, spooled.stop.clone()));
        assert_eq!(spooled.until(2).await, [50, 60]);
        spooled.stopped(source).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_database_that_was_made_anew_is_told_and_nothing_is_passed_over() {
        let server = Server::start().await;
        let client = server.with_table().await;
        insert(&client, 0..3).await;
        let spooled = Spooled::new();
        let position = b"{\"generation\":0,\"xid\":1000000000,\"seq\":7}".to_vec();
        let delivery = mulu_bridge::intake::Delivery { records: Vec::new(), position: Some(position) };
        spooled.intake("event").accept(delivery).await.unwrap();
        let source = server.run_source(&spooled, BY_XID);
        spooled.until_trouble("postgres.generation").await;
        spooled.stopped(source).await;
        let spooled = spooled.restarted().await;
        let source = server.run_source(&spooled, &format!("{BY_XID}\ngeneration = 1"));
        assert_eq!(spooled.until(3).await, numbers(0..3));
        spooled.stopped(source).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_table_or_a_column_that_is_wrong_is_told_and_may_be_mended_while_the_bridge_runs() {
        let server = Server::start().await;
        let client = server.client().await;
        let spooled = Spooled::new();
        let source = server.run_source(&spooled, BY_XID);
        spooled.until_trouble("relation \"mulu_outbox\" does not exist").await;
        client.batch_execute("CREATE TABLE mulu_outbox (seq text, xid bigint, payload text)").await.unwrap();
        spooled.until_trouble("the column seq is text").await;
        client
            .batch_execute("DROP TABLE mulu_outbox; CREATE TABLE mulu_outbox (seq bigserial, xid text, payload text)")
            .await
            .unwrap();
        spooled.until_trouble("the column xid is text").await;
        client.batch_execute("DROP TABLE mulu_outbox").await.unwrap();
        client.batch_execute(snippets(PAGE, "sql")[0]).await.unwrap();
        insert(&client, 0..1).await;
        assert_eq!(spooled.until(1).await, [0]);
        spooled.stopped(source).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn over_tls_with_a_password_and_only_with_the_right_authority() {
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let mut server = Server::start().await;
        let client = server.with_table().await;
        client.batch_execute("ALTER ROLE bridge PASSWORD 'hunter2'").await.unwrap();
        insert(&client, 0..3).await;
        drop(client);
        server.stop();
        let (pem, key) = (server.data().join("server.crt"), server.data().join("server.key"));
        fs::write(&pem, certificate.cert.pem()).unwrap();
        fs::write(&key, certificate.key_pair.serialize_pem()).unwrap();
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        server.own(&pem);
        server.own(&key);
        let file = server.data().join("postgresql.conf");
        fs::write(&file, fs::read_to_string(&file).unwrap() + "ssl = on\n").unwrap();
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(server.data().join("pg_hba.conf"), rules).unwrap();
        server.run().await;

        let spooled = Spooled::new();
        let secret = |name: &str, content: &str| secret(spooled.folder(), name, content);
        secret("db.password", "hunter3\n");
        secret("ca.pem", &other.cert.pem());
        let text = format!(
            "database.connection = 'host=localhost hostaddr=127.0.0.1 port={} user=bridge dbname=postgres'\ntable = 'mulu_outbox'\n\
             database.tls = true\ndatabase.ca_file = 'ca.pem'\ndatabase.password_file = 'db.password'\n{BY_XID}",
            server.port
        );
        let mut config: PostgresConfig = toml::from_str(&text).unwrap();
        config.below(spooled.folder());
        config.check().unwrap();
        let source = tokio::spawn(postgres::run(config, spooled.intake("event"), spooled.stop.clone()));
        spooled.until_trouble("certificate").await;
        // Files are read anew with each connection.
        secret("ca.pem", &certificate.cert.pem());
        spooled.until_trouble("password authentication failed").await;
        secret("db.password", "hunter2\n");
        assert_eq!(spooled.until(3).await, numbers(0..3));
        assert!(!format!("{:?}", spooled.metrics.text()).contains("hunter"));
        spooled.stopped(source).await;
    }
}
