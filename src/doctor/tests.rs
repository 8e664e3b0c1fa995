//! One test for each thing that can be wrong.

use super::*;

fn healthy() -> Found {
    let limit = |group: &str, requests| RateLimit {
        group: group.to_owned(),
        requests,
        window: Duration::from_secs(60),
    };
    Found {
        repository: Repository::Sound {
            account: Some("7".to_owned()),
            users: 1,
        },
        is_sandbox: false,
        variables: Some(Ok(true)),
        server: Some(Ok("api.example".to_owned())),
        skew: Some(-2),
        token: Some(Ok(())),
        permissions: Some(vec!["EditExtensions".to_owned(), "ReadAccounts".to_owned()]),
        account: Some(Ok("7".to_owned())),
        new_call_handling: Some(Ok(true)),
        limits: vec![limit("light", 50), limit("medium", 40)],
    }
}

fn line(found: &Found, check: Check) -> (Severity, String) {
    let lines = judge(found);
    let line = lines.into_iter().find(|line| line.check == check).unwrap();
    (line.severity, line.message)
}

/// What is said of one check, and whether a plan is still possible.
fn told(found: &Found, check: Check, severity: Severity, message: &str) {
    assert_eq!(line(found, check), (severity, message.to_owned()));
    assert_eq!(may_plan(&judge(found)), severity != Severity::Error);
}

fn untried(found: &Found) -> Vec<Check> {
    let lines = judge(found).into_iter();
    let lines = lines.filter(|line| line.severity == Severity::NotTried);
    lines.map(|line| line.check).collect()
}

#[test]
fn a_healthy_account_has_nothing_but_good_lines() {
    let lines = judge(&healthy());
    assert!(lines.iter().all(|line| line.severity == Severity::Ok));
    assert!(may_plan(&lines));
    let limits = lines.last().unwrap();
    assert_eq!(limits.message, "light 50 in 60 s · medium 40 in 60 s");
    assert_eq!(
        limits.help.as_deref(),
        Some("40 requests a minute read about 20 users a minute")
    );
}

#[test]
fn without_a_repository_there_is_nothing_to_compare() {
    let found = Found {
        repository: Repository::None,
        ..healthy()
    };
    let message = "none here, so there is no account to compare with";
    told(&found, Check::Repository, Severity::Ok, message);
    told(&found, Check::Account, Severity::Ok, "7");
}

#[test]
fn mistakes_in_the_files_stop_a_plan() {
    let found = Found {
        repository: Repository::Mistaken(1),
        ..healthy()
    };
    told(
        &found,
        Check::Repository,
        Severity::Error,
        "1 mistake in the files",
    );
}

#[test]
fn missing_variables_leave_all_else_untried() {
    let found = Found {
        variables: Some(Err("not set in the environment: RC_USER_JWT".to_owned())),
        ..Found::default()
    };
    let message = "not set in the environment: RC_USER_JWT";
    told(&found, Check::Variables, Severity::Error, message);
    assert_eq!(untried(&found).len(), 7);
}

#[test]
fn the_sandbox_needs_no_variables() {
    let found = Found {
        is_sandbox: true,
        ..healthy()
    };
    let message = "none is needed: `--sandbox` is inside the program";
    told(&found, Check::Variables, Severity::Ok, message);
}

#[test]
fn a_jwt_that_looks_like_none_is_doubted() {
    let found = Found {
        variables: Some(Ok(false)),
        ..healthy()
    };
    let message = "RC_USER_JWT does not look like a JWT: three parts with dots between";
    told(&found, Check::Variables, Severity::Warning, message);
}

#[test]
fn a_server_out_of_reach_stops_everything() {
    let found = Found {
        variables: Some(Ok(true)),
        server: Some(Err("no connection".to_owned())),
        ..Found::default()
    };
    told(&found, Check::Server, Severity::Error, "no connection");
    assert_eq!(untried(&found).len(), 6);
}

#[test]
fn clocks_may_differ_by_a_minute() {
    for (skew, severity, message) in [
        (60, Severity::Ok, "within 60 s of the server's"),
        (-60, Severity::Ok, "within 60 s of the server's"),
        (
            61,
            Severity::Warning,
            "this machine's clock is 61 s behind the server's",
        ),
        (
            -90,
            Severity::Warning,
            "this machine's clock is 90 s ahead of the server's",
        ),
    ] {
        let found = Found {
            skew: Some(skew),
            ..healthy()
        };
        told(&found, Check::Clock, severity, message);
    }
    let found = Found {
        skew: None,
        ..healthy()
    };
    let message = "the server does not tell its time";
    told(&found, Check::Clock, Severity::Warning, message);
}

#[test]
fn without_a_token_nothing_is_asked() {
    let found = Found {
        token: Some(Err("refused".to_owned())),
        permissions: None,
        account: None,
        new_call_handling: None,
        limits: Vec::new(),
        ..healthy()
    };
    told(&found, Check::Token, Severity::Error, "refused");
    assert_eq!(
        untried(&found),
        [
            Check::Permissions,
            Check::Account,
            Check::NewCallHandling,
            Check::RateLimits
        ]
    );
}

#[test]
fn a_missing_permission_is_named_with_what_it_stops() {
    let with = |granted: &[&str]| Found {
        permissions: Some(granted.iter().map(|&one| one.to_owned()).collect()),
        ..healthy()
    };
    let check = Check::Permissions;
    let message = "EditExtensions is missing: plan works, apply does not";
    told(&with(&["ReadAccounts"]), check, Severity::Warning, message);
    let all = ["ReadAccounts", "EditExtensions", "ReadAuditTrail"];
    told(&with(&all), check, Severity::Ok, &all.join(", "));
    told(&with(&all[..2]), check, Severity::Ok, &all[..2].join(", "));
    let help = |granted: &[&str]| {
        let lines = judge(&with(granted)).into_iter();
        let mut lines = lines.filter(|line| line.check == check);
        lines.next().unwrap().help
    };
    assert_eq!(help(&all), None);
    assert!(help(&all[..2]).unwrap().contains("ReadAuditTrail"));
    let message = "ReadAccounts is missing: nothing can be read";
    told(&with(&["EditExtensions"]), check, Severity::Error, message);
    let message = "ReadAccounts and EditExtensions are missing";
    told(&with(&["ReadAuditTrail"]), check, Severity::Error, message);
    let silent = Found {
        permissions: None,
        ..healthy()
    };
    let message = "the service does not tell what the app may do";
    told(&silent, check, Severity::Warning, message);
}

#[test]
fn another_account_stops_a_plan_and_an_unnamed_one_is_told() {
    let described = |account: Option<&str>| Found {
        repository: Repository::Sound {
            account: account.map(str::to_owned),
            users: 1,
        },
        ..healthy()
    };
    let message = "the credentials open account 7, and callrules.yaml describes 8";
    told(
        &described(Some("8")),
        Check::Account,
        Severity::Error,
        message,
    );
    let message = "7, and callrules.yaml names none";
    told(&described(None), Check::Account, Severity::Warning, message);
    let unread = Found {
        account: Some(Err("CMN-401".to_owned())),
        ..healthy()
    };
    told(&unread, Check::Account, Severity::Error, "CMN-401");
}

#[test]
fn old_call_handling_stops_a_plan() {
    let found = Found {
        new_call_handling: Some(Ok(false)),
        ..healthy()
    };
    let message = "off: the account has none of the rules that callrules manages";
    told(&found, Check::NewCallHandling, Severity::Error, message);
    let found = Found {
        new_call_handling: Some(Err("no answer".to_owned())),
        ..healthy()
    };
    told(
        &found,
        Check::NewCallHandling,
        Severity::Warning,
        "no answer",
    );
}

#[test]
fn a_service_without_limits_is_noted() {
    let found = Found {
        limits: Vec::new(),
        ..healthy()
    };
    let message = "the service has named none: the documented ones are assumed";
    told(&found, Check::RateLimits, Severity::Warning, message);
}
