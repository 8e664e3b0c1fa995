//! `install.sh`: a release is verified before it is used, and cached.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

use super::Runner;

const STEM: &str = "callrules-v0.1.0-x86_64-unknown-linux-musl";
const PROGRAM: &str = "#!/bin/sh\necho callrules 0.1.0 of the release\n";
/// A fake `gh` that records its arguments and accepts every attestation.
const FAKE_GH: &str = "#!/bin/sh\necho \"$@\" >> \"$FAKE/gh\"\n";

/// Starts a runner whose GitHub has a release.
fn runner_with_release() -> Runner {
    let runner = Runner::new();
    let folder = runner.path("release").join(STEM);
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join("callrules");
    fs::write(&program, PROGRAM).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let archive = format!("{STEM}.tar.gz");
    let tar = Command::new("tar")
        .args(["-czf", &archive, STEM])
        .current_dir(runner.path("release"))
        .status();
    assert!(tar.unwrap().success());
    let bytes = fs::read(runner.path("release").join(&archive)).unwrap();
    let mut checksum = String::new();
    for byte in Sha256::digest(&bytes) {
        write!(checksum, "{byte:02x}").unwrap();
    }
    let checksums = format!(
        "{}  another.tar.gz\n{checksum}  {archive}\n",
        "0".repeat(64)
    );
    set_release_file(&runner, "SHA256SUMS", checksums.into_bytes());
    set_release_file(&runner, &archive, bytes);
    runner.install_program("gh", FAKE_GH);
    runner
}

fn set_release_file(runner: &Runner, name: &str, content: Vec<u8>) {
    let mut state = runner.github.state();
    state.release_files.insert(name.to_owned(), content);
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn release_is_verified_cached_and_added_to_path() {
    let runner = runner_with_release();
    let step = runner.run_step("install.sh");
    assert_eq!(step.code, 0, "{}", step.log);
    assert!(
        step.log.contains("callrules 0.1.0 of the release"),
        "{}",
        step.log
    );
    let path = fs::read_to_string(runner.path("path")).unwrap();
    let program = Path::new(path.trim()).join("callrules");
    assert_eq!(fs::read_to_string(program).unwrap(), PROGRAM);
    let gh_runs = fs::read_to_string(runner.path("fake/gh")).unwrap();
    let verification = gh_runs.lines().last().unwrap();
    assert!(
        verification.starts_with("attestation verify "),
        "{verification}"
    );
    assert!(
        verification.ends_with(&format!(
            "{STEM}.tar.gz --repo YOUR_ORG/callrules --signer-workflow \
             YOUR_ORG/callrules/.github/workflows/release.yml --source-ref refs/tags/v0.1.0"
        )),
        "{verification}"
    );
    assert_eq!(runner.github.state().requests.len(), 2);

    // A second job on the same machine uses the cache.
    let second_step = runner.run_step("install.sh");
    assert_eq!(second_step.code, 0, "{}", second_step.log);
    assert_eq!(runner.github.state().requests.len(), 2);
    let cache_entries: Vec<_> = fs::read_dir(runner.path("tools/callrules"))
        .unwrap()
        .collect();
    assert_eq!(cache_entries.len(), 1, "{cache_entries:?}");
}

/// Runs the installation, asserts that it fails and runs nothing of the release, and returns the
/// error.
fn install_error(runner: &Runner) -> String {
    let step = runner.run_step("install.sh");
    assert_eq!(step.code, 1, "{}", step.log);
    assert!(!step.log.contains("of the release"), "{}", step.log);
    assert_eq!(fs::read_to_string(runner.path("path")).unwrap(), "");
    let cached = runner.path("tools/callrules/v0.1.0/x86_64-unknown-linux-musl");
    assert!(!cached.exists());
    runner.stable_text(&step.annotations())
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn release_that_cannot_be_verified_is_not_run() {
    let mut runner = runner_with_release();
    let archive = format!("{STEM}.tar.gz");
    runner.install_program("gh", "#!/bin/sh\ntest \"$2\" != verify\n");
    insta::assert_snapshot!(install_error(&runner), @"::error title=callrules::could not verify that YOUR_ORG/callrules built callrules-v0.1.0-x86_64-unknown-linux-musl.tar.gz: it was not run");
    runner.install_program("gh", FAKE_GH);

    let original = runner.github.state().release_files[&archive].clone();
    let mut modified = original.clone();
    modified.push(0);
    set_release_file(&runner, &archive, modified);
    let wrong_checksum = install_error(&runner);
    insta::assert_snapshot!(wrong_checksum, @"::error title=callrules::the checksum of callrules-v0.1.0-x86_64-unknown-linux-musl.tar.gz differs from SHA256SUMS of v0.1.0: it was not run");
    set_release_file(&runner, &archive, original);
    set_release_file(&runner, "SHA256SUMS", Vec::new());
    assert_eq!(install_error(&runner), wrong_checksum);

    runner.set_variable("VERSION", "v9.9.9");
    insta::assert_snapshot!(install_error(&runner), @"::error title=callrules::could not download [github]/YOUR_ORG/callrules/releases/download/v9.9.9/callrules-v9.9.9-x86_64-unknown-linux-musl.tar.gz: is v9.9.9 a public release of YOUR_ORG/callrules? If not, install callrules in an earlier step and use `version: installed`");
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn install_without_gh_checks_only_the_checksum_and_prints_a_notice() {
    let runner = runner_with_release();
    // Old versions of `gh`, which have no `attestation`, fail like this.
    runner.install_program("gh", "#!/bin/sh\nexit 1\n");
    let step = runner.run_step("install.sh");
    assert_eq!(step.code, 0, "{}", step.log);
    insta::assert_snapshot!(step.annotations(), @"::notice title=callrules::gh is not installed, so only the checksum was verified, not who built the release");
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn installed_version_is_that_of_the_input_or_of_the_action() {
    let mut runner = runner_with_release();
    for (reference, version) in [("v0.1.0", ""), ("main", "0.1.0"), ("main", "v0.1.0")] {
        runner.set_variable("ACTION_REF", reference);
        runner.set_variable("VERSION", version);
        let step = runner.run_step("install.sh");
        assert_eq!(step.code, 0, "{reference} {version}: {}", step.log);
    }
    let mut errors = String::new();
    for (reference, version) in [
        ("main", ""),
        ("v0", ""),
        ("v0.1.0", "latest"),
        ("v0.1.0", "v1.0.0/../x"),
    ] {
        runner.set_variable("ACTION_REF", reference);
        runner.set_variable("VERSION", version);
        let step = runner.run_step("install.sh");
        assert_eq!(step.code, 1, "{reference} {version}: {}", step.log);
        errors += &format!("{}\n", step.annotations());
    }
    insta::assert_snapshot!(errors, @"
    ::error title=callrules::the action is used at `main`, which is not a release: set one, such as `version: v0.1.0`
    ::error title=callrules::the action is used at `v0`, which is not a release: set one, such as `version: v0.1.0`
    ::error title=callrules::`version: latest` is not a release: use one such as `version: v0.1.0`, or `version: installed`
    ::error title=callrules::`version: v1.0.0/../x` is not a release: use one such as `version: v0.1.0`, or `version: installed`
    ");
    runner.set_variable("VERSION", "v0.1.0");
    runner.set_variable("RUNNER_ARCH", "RISCV64");
    let step = runner.run_step("install.sh");
    assert_eq!(step.code, 1, "{}", step.log);
    insta::assert_snapshot!(step.annotations(), @"::error title=callrules::there is no release for Linux on RISCV64: install callrules in an earlier step and use `version: installed`");
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn version_installed_uses_the_program_on_path() {
    let mut runner = Runner::new();
    runner.set_variable("VERSION", "installed");
    runner.set_fake_file("code", "0");
    assert_eq!(runner.run_step("install.sh").code, 0);
    assert_eq!(runner.fake_arguments(), "--version\n");
    assert!(runner.github.state().requests.is_empty());

    // Without the folders of the `PATH` in which a developer may have installed callrules.
    fs::remove_file(runner.path("bin/callrules")).unwrap();
    let path = std::env::var("PATH").unwrap();
    let folders = std::env::split_paths(&path).filter(|folder| !folder.join("callrules").exists());
    let without_callrules = std::env::join_paths(folders).unwrap();
    runner.set_variable("PATH", without_callrules.into_string().unwrap());
    let step = runner.run_step("install.sh");
    assert_eq!(step.code, 1);
    insta::assert_snapshot!(step.annotations(), @"::error title=callrules::callrules is not on the PATH: install it in an earlier step, or set `version` to a release");
}
