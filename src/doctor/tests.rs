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
        users: Some(Ok(UserFileStatus {
            user_count: 3,
            without_file: None,
        })),
        new_call_handling: Some(Ok(true)),
        limits: vec![limit("light", 50), limit("medium", 40)],
    }
}

/// Returns the facts of a healthy account after a change.
fn healthy_except(change: impl FnOnce(&mut ConnectionFacts)) -> ConnectionFacts {
    let mut facts = healthy();
    change(&mut facts);
    facts
}

fn result_of(facts: &ConnectionFacts, check: CheckName) -> CheckResult {
    let mut results = evaluate(facts).into_iter();
    results.find(|result| result.check == check).unwrap()
}

/// Asserts the result of one check, and that a plan is possible unless the result is an error.
fn assert_check(facts: &ConnectionFacts, check: CheckName, severity: CheckSeverity, message: &str) {
    let result = result_of(facts, check);
    assert_eq!((result.severity, &*result.message), (severity, message));
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
fn problems_of_the_repository_are_reported() {
    let check = CheckName::Repository;
    let facts = healthy_except(|facts| facts.repository = RepositoryStatus::None);
    let message = "no repository here, so there is no account ID to compare";
    assert_check(&facts, check, CheckSeverity::Ok, message);
    assert_check(&facts, CheckName::Account, CheckSeverity::Ok, "7");
    let facts = healthy_except(|facts| facts.repository = RepositoryStatus::Invalid(1));
    assert_check(&facts, check, CheckSeverity::Error, "1 error in the files");
}

#[test]
fn problems_of_variables_are_reported() {
    let check = CheckName::Variables;
    let facts = ConnectionFacts {
        variables: Some(Err("not set in the environment: RC_USER_JWT".to_owned())),
        ..ConnectionFacts::default()
    };
    let message = "not set in the environment: RC_USER_JWT";
    assert_check(&facts, check, CheckSeverity::Error, message);
    assert_eq!(skipped_checks(&facts).len(), 8);
    let facts = healthy_except(|facts| facts.is_sandbox = true);
    let message = "none needed: `--sandbox` is built in";
    assert_check(&facts, check, CheckSeverity::Ok, message);
    let facts = healthy_except(|facts| facts.variables = Some(Ok(false)));
    let message = "RC_USER_JWT is not a well-formed JWT, which has three parts separated by dots";
    assert_check(&facts, check, CheckSeverity::Warning, message);
}

#[test]
fn unreachable_server_skips_all_later_checks() {
    let facts = ConnectionFacts {
        variables: Some(Ok(true)),
        server: Some(Err("no connection".to_owned())),
        ..ConnectionFacts::default()
    };
    let check = CheckName::Server;
    assert_check(&facts, check, CheckSeverity::Error, "no connection");
    assert_eq!(skipped_checks(&facts).len(), 7);
}

#[test]
fn clock_difference_above_a_minute_is_a_warning() {
    let within = "within 60 s of the server's clock";
    let slow = "this machine's clock is 61 s slow compared with the server";
    let fast = "this machine's clock is 90 s fast compared with the server";
    for (skew, severity, message) in [
        (Some(60), CheckSeverity::Ok, within),
        (Some(-60), CheckSeverity::Ok, within),
        (Some(61), CheckSeverity::Warning, slow),
        (Some(-90), CheckSeverity::Warning, fast),
        (
            None,
            CheckSeverity::Warning,
            "the server did not send its time",
        ),
    ] {
        let facts = healthy_except(|facts| facts.clock_skew = skew);
        assert_check(&facts, CheckName::Clock, severity, message);
    }
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
    let check = CheckName::Permissions;
    let with = |granted: &[&str]| {
        let granted = granted.iter().map(|&name| name.to_owned()).collect();
        healthy_except(|facts| facts.permissions = Some(granted))
    };
    let all = ["ReadAccounts", "EditExtensions", "ReadAuditTrail"];
    let no_edit = "EditExtensions is missing: `plan` works, `apply` does not";
    let no_read = "ReadAccounts is missing: rules cannot be read";
    let neither = "ReadAccounts and EditExtensions are missing";
    for (granted, severity, message) in [
        (&all[..], CheckSeverity::Ok, &*all.join(", ")),
        (&all[..2], CheckSeverity::Ok, &*all[..2].join(", ")),
        (&all[..1], CheckSeverity::Warning, no_edit),
        (&all[1..2], CheckSeverity::Error, no_read),
        (&all[2..], CheckSeverity::Error, neither),
    ] {
        assert_check(&with(granted), check, severity, message);
    }
    assert_eq!(result_of(&with(&all), check).help, None);
    let help = result_of(&with(&all[..2]), check).help.unwrap();
    assert!(help.contains("ReadAuditTrail"));
    let facts = healthy_except(|facts| facts.permissions = None);
    let message = "RingCentral did not report the app's permissions";
    assert_check(&facts, check, CheckSeverity::Warning, message);
}

#[test]
fn other_account_is_an_error_and_unnamed_account_a_warning() {
    let check = CheckName::Account;
    let with_account = |account: Option<&str>| {
        healthy_except(|facts| {
            facts.repository = RepositoryStatus::Valid {
                account: account.map(str::to_owned),
                users: 1,
            };
        })
    };
    let message = "the credentials belong to account 7, but callrules.yaml is for 8";
    assert_check(
        &with_account(Some("8")),
        check,
        CheckSeverity::Error,
        message,
    );
    let message = "7, but callrules.yaml does not name an account";
    assert_check(&with_account(None), check, CheckSeverity::Warning, message);
    let facts = healthy_except(|facts| facts.account = Some(Err("CMN-401".to_owned())));
    assert_check(&facts, check, CheckSeverity::Error, "CMN-401");
}

#[test]
fn legacy_call_handling_makes_a_plan_impossible() {
    let check = CheckName::NewCallHandling;
    let facts = healthy_except(|facts| facts.new_call_handling = Some(Ok(false)));
    let message = "off: the account does not have the rules that callrules manages";
    assert_check(&facts, check, CheckSeverity::Error, message);
    let facts = healthy_except(|facts| facts.new_call_handling = Some(Err("no answer".to_owned())));
    assert_check(&facts, check, CheckSeverity::Warning, "no answer");
}

#[test]
fn missing_rate_limits_are_a_warning() {
    let facts = healthy_except(|facts| facts.limits = Vec::new());
    let message = "RingCentral has not reported any yet: the documented limits are assumed";
    let check = CheckName::RateLimits;
    assert_check(&facts, check, CheckSeverity::Warning, message);
}
