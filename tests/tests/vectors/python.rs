//! The verifier in Python, run in a virtual environment outside the checkout.

use super::{Genesis, checkpoint_text, folder, root};
use mulu_proofs::evidence::report::Checkpoint;
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
};

/// The interpreter that `scripts/env` prepares. Without one the test fails and says what is missing.
fn interpreter() -> &'static PathBuf {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    INTERPRETER.get_or_init(|| {
        let script = format!(". '{}/scripts/env' && need_python && printf %s \"$PYTHON\"", root().display());
        let output = Command::new("bash").args(["-c", &script]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the verifier in Python cannot run: {told}");
        PathBuf::from(String::from_utf8(output.stdout).unwrap())
    })
}

/// `tests/verifier.py`, to be given arguments.
pub(crate) fn command() -> Command {
    let mut command = Command::new(interpreter());
    command.arg(root().join("tests/verifier.py"));
    command
}

/// What it says of each package: `ok`, or the link that fails.
pub(crate) fn verdicts<'a>(
    packages: impl IntoIterator<Item = (&'a [u8], Genesis, &'a Option<Checkpoint>)>,
) -> Vec<String> {
    let mut lines = String::new();
    let mut count = 0;
    for (package, genesis, checkpoint) in packages {
        let genesis = folder().join(genesis.file_name());
        let checkpoint = checkpoint.as_ref().map_or_else(|| "-".into(), checkpoint_text);
        // The hexadecimal text of no bytes at all is a zero-length word: a dot stands for it.
        let package = if package.is_empty() { ".".into() } else { hex::encode(package) };
        lines += &format!("{} {checkpoint} {package}\n", genesis.display());
        count += 1;
    }
    let mut child =
        command().arg("--many").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // A verifier that ended early closed the pipe: what it says of that is told below.
    let _ = writer.join().unwrap();
    assert!(output.status.success(), "tests/verifier.py: {}", String::from_utf8_lossy(&output.stderr));
    let said: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(said.len(), count);
    said
}
