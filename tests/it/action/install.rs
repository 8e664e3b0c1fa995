//! A release comes to the machine whole, or not at all.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use sha2::{Digest, Sha256};

use super::{Runner, holds};

const STEM: &str = "callrules-v0.1.0-x86_64-unknown-linux-musl";
const PROGRAM: &str = "#!/bin/sh\necho callrules 0.1.0 of the release\n";
/// Plays `gh`: it keeps what it is asked, and finds everything in order.
const GH: &str = "#!/bin/sh\necho \"$@\" >> \"$FAKE/gh\"\n";

/// A machine, and the release for it.
fn released() -> Option<Runner> {
    use std::os::unix::fs::PermissionsExt;

    let runner = Runner::new()?;
    let folder = runner.at("release").join(STEM);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("callrules"), PROGRAM).unwrap();
    fs::set_permissions(folder.join("callrules"), fs::Permissions::from_mode(0o755)).unwrap();
    let archive = format!("{STEM}.tar.gz");
    let status = Command::new("tar")
        .args(["-czf", &archive, STEM])
        .current_dir(runner.at("release"))
        .status();
    assert!(status.unwrap().success());
    let bytes = fs::read(runner.at("release").join(&archive)).unwrap();
    let mut sum = String::new();
    for byte in Sha256::digest(&bytes) {
        write!(sum, "{byte:02x}").unwrap();
    }
    let sums = format!("{}  another.tar.gz\n{sum}  {archive}\n", "0".repeat(64));
    let mut here = runner.github.here();
    here.files
        .insert("SHA256SUMS".to_owned(), sums.into_bytes());
    here.files.insert(archive, bytes);
    drop(here);
    runner.program("gh", GH);
    Some(runner)
}

#[test]
fn a_release_is_checked_kept_and_put_on_the_path() {
    let Some(runner) = released() else { return };
    let ran = runner.step("install.sh");
    assert_eq!(ran.code, 0, "{}", ran.log);
    holds(&ran.log, "callrules 0.1.0 of the release");
    let path = fs::read_to_string(runner.at("path")).unwrap();
    let program = std::path::Path::new(path.trim()).join("callrules");
    assert_eq!(fs::read_to_string(program).unwrap(), PROGRAM);
    let asked = fs::read_to_string(runner.at("fake/gh")).unwrap();
    let asked = asked.lines().last().unwrap();
    assert!(asked.starts_with("attestation verify "), "{asked}");
    assert!(
        asked.ends_with(&format!("{STEM}.tar.gz --repo YOUR_ORG/callrules")),
        "{asked}"
    );
    let asked = runner.github.here().requests.len();
    assert_eq!(asked, 2);

    // The second job on the machine asks nobody.
    let again = runner.step("install.sh");
    assert_eq!(again.code, 0, "{}", again.log);
    assert_eq!(runner.github.here().requests.len(), asked);
    let left: Vec<_> = fs::read_dir(runner.at("tools/callrules"))
        .unwrap()
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn what_is_not_the_release_is_never_run() {
    let Some(mut runner) = released() else { return };
    let archive = format!("{STEM}.tar.gz");
    let fails = |runner: &Runner, said: &str| {
        let ran = runner.step("install.sh");
        assert_eq!(ran.code, 1, "{}", ran.log);
        holds(&ran.log, said);
        assert!(!ran.log.contains("of the release"), "{}", ran.log);
        assert_eq!(fs::read_to_string(runner.at("path")).unwrap(), "");
        assert!(
            !runner
                .at("tools/callrules/v0.1.0")
                .join("x86_64-unknown-linux-musl")
                .exists()
        );
    };
    runner.program("gh", "#!/bin/sh\ntest \"$2\" != verify\n");
    fails(&runner, "it could not be shown that");
    runner.program("gh", GH);

    let sound = runner.github.here().files[&archive].clone();
    let mut other = sound.clone();
    other.push(0);
    runner.github.here().files.insert(archive.clone(), other);
    fails(
        &runner,
        "is not the file whose checksum stands in SHA256SUMS",
    );
    runner.github.here().files.insert(archive, sound);
    let none = b"".to_vec();
    runner
        .github
        .here()
        .files
        .insert("SHA256SUMS".to_owned(), none);
    fails(
        &runner,
        "is not the file whose checksum stands in SHA256SUMS",
    );

    runner.set("VERSION", "v9.9.9");
    fails(
        &runner,
        "is v9.9.9 a release of YOUR_ORG/callrules that anybody may read?",
    );
}

#[test]
fn without_gh_the_checksum_is_looked_at_and_this_is_said() {
    let Some(runner) = released() else { return };
    // As old ones do, which do not know `attestation`.
    runner.program("gh", "#!/bin/sh\nexit 1\n");
    let ran = runner.step("install.sh");
    assert_eq!(ran.code, 0, "{}", ran.log);
    holds(&ran.log, "::notice title=callrules::gh is not there");
}

#[test]
fn the_version_is_the_one_named_or_the_one_of_the_action() {
    let Some(mut runner) = released() else { return };
    for (reference, version, error) in [
        ("v0.1.0", "", None),
        ("main", "0.1.0", None),
        ("main", "v0.1.0", None),
        (
            "main",
            "",
            Some("the action is used at `main`, which names no release"),
        ),
        ("v0", "", Some("the action is used at `v0`")),
        ("v0.1.0", "latest", Some("`version: latest` is no release")),
        ("v0.1.0", "v1.0.0/../x", Some("is no release")),
    ] {
        runner.set("ACTION_REF", reference);
        runner.set("VERSION", version);
        let ran = runner.step("install.sh");
        assert_eq!(
            ran.code,
            i32::from(error.is_some()),
            "{reference} {version}: {}",
            ran.log
        );
        assert!(ran.log.contains(error.unwrap_or("")), "{}", ran.log);
    }
    runner.set("VERSION", "v0.1.0");
    runner.set("RUNNER_ARCH", "RISCV64");
    let ran = runner.step("install.sh");
    holds(&ran.log, "there is no release for Linux on RISCV64");
}

#[test]
fn the_callrules_on_the_path_will_do() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.set("VERSION", "installed");
    runner.fake("code", "0");
    assert_eq!(runner.step("install.sh").code, 0);
    assert_eq!(runner.arguments(), "--version\n");
    assert!(runner.github.here().requests.is_empty());

    fs::remove_file(runner.at("bin/callrules")).unwrap();
    let ran = runner.step("install.sh");
    // Not where a developer has installed it.
    if Command::new("callrules").arg("--version").output().is_err() {
        assert_eq!(ran.code, 1);
        holds(&ran.log, "there is no callrules on the PATH");
    }
}
