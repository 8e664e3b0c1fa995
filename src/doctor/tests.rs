//! Tests of each problem that the checks report.

use super::*;

fn healthy() -> ConnectionFacts {
    let limit = |group: &str, requests| ReportedRateLimit {
        group: group.to_owned(),
        requests,
        window: Duration::from_mins(1),
    };
    ConnectionFacts {
        repository: RepositoryStatus::Valid {
            account: Some("7".to_owned()),
            users: 1,
        },
        is_sandbox: false,
        variables: Some(Ok(true)),
        server: Some(Ok("api.example".to_owned())),
        clock_skew: Some(-2),
        token: Some(Ok(())),
        permissions: Some(vec!["EditExtensions".to_owned(), "ReadAccounts".to_owned()]),
        account: Some(Ok("7".to_owned())),
        new_call_handling: Some(Ok(true)),
        limits: vec![limit("light", 50), limit("medium", 40)],
    }
}

fn result_of(facts: &ConnectionFacts, check: CheckName) -> (CheckSeverity, String) {
    let results = evaluate(facts);
    let result = results
        .into_iter()
        .find(|result| result.check == check)
        .unwrap();
    (result.severity, result.message)
}

/// Asserts the result of one check, and that a plan is possible unless the result is an error.
fn assert_check(facts: &ConnectionFacts, check: CheckName, severity: CheckSeverity, message: &str) {
    assert_eq!(result_of(facts, check), (severity, message.to_owned()));
    assert_eq!(
        is_plan_possible(&evaluate(facts)),
        severity != CheckSeverity::Error
    );
}

fn skipped_checks(facts: &ConnectionFacts) -> Vec<CheckName> {
    let results = evaluate(facts).into_iter();
    let skipped = results.filter(|result| result.severity == CheckSeverity::Skipped);
    skipped.map(|result| result.check).collect()
}

#[test]
fn healthy_account_passes_all_checks() {
    let results = evaluate(&healthy());
    assert!(
        results
            .iter()
            .all(|result| result.severity == CheckSeverity::Ok)
    );
    assert!(is_plan_possible(&results));
    let limits = results.last().unwrap();
    assert_eq!(limits.message, "light 50 in 60 s · medium 40 in 60 s");
    assert_eq!(
        limits.help.as_deref(),
        Some("enough to read about 20 users a minute (40 requests)")
    );
}

#[test]
fn missing_repository_leaves_no_account_to_compare() {
    let facts = ConnectionFacts {
        repository: RepositoryStatus::None,
        ..healthy()
    };
    let message = "no repository here, so there is no account ID to compare";
    assert_check(&facts, CheckName::Repository, CheckSeverity::Ok, message);
    assert_check(&facts, CheckName::Account, CheckSeverity::Ok, "7");
}

#[test]
fn errors_in_the_files_make_a_plan_impossible() {
    let facts = ConnectionFacts {
        repository: RepositoryStatus::Invalid(1),
        ..healthy()
    };
    assert_check(
        &facts,
        CheckName::Repository,
        CheckSeverity::Error,
        "1 error in the files",
    );
}

#[test]
fn missing_variables_skip_all_other_checks() {
    let facts = ConnectionFacts {
        variables: Some(Err("not set in the environment: RC_USER_JWT".to_owned())),
        ..ConnectionFacts::default()
    };
    let message = "not set in the environment: RC_USER_JWT";
    assert_check(&facts, CheckName::Variables, CheckSeverity::Error, message);
    assert_eq!(skipped_checks(&facts).len(), 7);
}

#[test]
fn sandbox_needs_no_variables() {
    let facts = ConnectionFacts {
        is_sandbox: true,
        ..healthy()
    };
    let message = "none needed: `--sandbox` is built in";
    assert_check(&facts, CheckName::Variables, CheckSeverity::Ok, message);
}

#[test]
fn malformed_jwt_is_a_warning() {
    let facts = ConnectionFacts {
        variables: Some(Ok(false)),
        ..healthy()
    };
    let message = "RC_USER_JWT is not a well-formed JWT, which has three parts separated by dots";
    assert_check(
        &facts,
        CheckName::Variables,
        CheckSeverity::Warning,
        message,
    );
}

#[test]
fn unreachable_server_skips_all_later_checks() {
    let facts = ConnectionFacts {
        variables: Some(Ok(true)),
        server: Some(Err("no connection".to_owned())),
        ..ConnectionFacts::default()
    };
    assert_check(
        &facts,
        CheckName::Server,
        CheckSeverity::Error,
        "no connection",
    );
    assert_eq!(skipped_checks(&facts).len(), 6);
}

#[test]
fn clock_difference_above_a_minute_is_a_warning() {
    for (skew, severity, message) in [
        (60, CheckSeverity::Ok, "within 60 s of the server's clock"),
        (-60, CheckSeverity::Ok, "within 60 s of the server's clock"),
        (
            61,
            CheckSeverity::Warning,
            "this machine's clock is 61 s slow compared with the server",
        ),
        (
            -90,
            CheckSeverity::Warning,
            "this machine's clock is 90 s fast compared with the server",
        ),
    ] {
        let facts = ConnectionFacts {
            clock_skew: Some(skew),
            ..healthy()
        };
        assert_check(&facts, CheckName::Clock, severity, message);
    }
    let facts = ConnectionFacts {
        clock_skew: None,
        ..healthy()
    };
    let message = "the server did not send its time";
    assert_check(&facts, CheckName::Clock, CheckSeverity::Warning, message);
}

#[test]
fn missing_token_skips_checks_of_the_account() {
    let facts = ConnectionFacts {
        token: Some(Err("refused".to_owned())),
        permissions: None,
        account: None,
        new_call_handling: None,
        limits: Vec::new(),
        ..healthy()
    };
    assert_check(&facts, CheckName::Token, CheckSeverity::Error, "refused");
    assert_eq!(
        skipped_checks(&facts),
        [
            CheckName::Permissions,
            CheckName::Account,
            CheckName::NewCallHandling,
            CheckName::RateLimits
        ]
    );
}

#[test]
fn missing_permission_is_reported_with_its_effect() {
    let with = |granted: &[&str]| ConnectionFacts {
        permissions: Some(granted.iter().map(|&name| name.to_owned()).collect()),
        ..healthy()
    };
    let check = CheckName::Permissions;
    let message = "EditExtensions is missing: `plan` works, `apply` does not";
    assert_check(
        &with(&["ReadAccounts"]),
        check,
        CheckSeverity::Warning,
        message,
    );
    let all = ["ReadAccounts", "EditExtensions", "ReadAuditTrail"];
    assert_check(&with(&all), check, CheckSeverity::Ok, &all.join(", "));
    assert_check(
        &with(&all[..2]),
        check,
        CheckSeverity::Ok,
        &all[..2].join(", "),
    );
    let help = |granted: &[&str]| {
        let mut results = evaluate(&with(granted)).into_iter();
        results.find(|result| result.check == check).unwrap().help
    };
    assert_eq!(help(&all), None);
    assert!(help(&all[..2]).unwrap().contains("ReadAuditTrail"));
    let message = "ReadAccounts is missing: rules cannot be read";
    assert_check(
        &with(&["EditExtensions"]),
        check,
        CheckSeverity::Error,
        message,
    );
    let message = "ReadAccounts and EditExtensions are missing";
    assert_check(
        &with(&["ReadAuditTrail"]),
        check,
        CheckSeverity::Error,
        message,
    );
    let silent = ConnectionFacts {
        permissions: None,
        ..healthy()
    };
    let message = "RingCentral did not report the app's permissions";
    assert_check(&silent, check, CheckSeverity::Warning, message);
}

#[test]
fn other_account_is_an_error_and_unnamed_account_a_warning() {
    let with_account = |account: Option<&str>| ConnectionFacts {
        repository: RepositoryStatus::Valid {
            account: account.map(str::to_owned),
            users: 1,
        },
        ..healthy()
    };
    let message = "the credentials belong to account 7, but callrules.yaml is for 8";
    assert_check(
        &with_account(Some("8")),
        CheckName::Account,
        CheckSeverity::Error,
        message,
    );
    let message = "7, but callrules.yaml does not name an account";
    assert_check(
        &with_account(None),
        CheckName::Account,
        CheckSeverity::Warning,
        message,
    );
    let unread = ConnectionFacts {
        account: Some(Err("CMN-401".to_owned())),
        ..healthy()
    };
    assert_check(&unread, CheckName::Account, CheckSeverity::Error, "CMN-401");
}

#[test]
fn legacy_call_handling_makes_a_plan_impossible() {
    let facts = ConnectionFacts {
        new_call_handling: Some(Ok(false)),
        ..healthy()
    };
    let message = "off: the account does not have the rules that callrules manages";
    assert_check(
        &facts,
        CheckName::NewCallHandling,
        CheckSeverity::Error,
        message,
    );
    let facts = ConnectionFacts {
        new_call_handling: Some(Err("no answer".to_owned())),
        ..healthy()
    };
    assert_check(
        &facts,
        CheckName::NewCallHandling,
        CheckSeverity::Warning,
        "no answer",
    );
}

#[test]
fn missing_rate_limits_are_a_warning() {
    let facts = ConnectionFacts {
        limits: Vec::new(),
        ..healthy()
    };
    let message = "RingCentral has not reported any yet: the documented limits are assumed";
    assert_check(
        &facts,
        CheckName::RateLimits,
        CheckSeverity::Warning,
        message,
    );
}
