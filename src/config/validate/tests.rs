//! Validates test files: their users, calls and expectations.

use std::collections::HashSet;

use super::targets::{validate_destination, validate_ring_target};
use crate::config::ConfigFinding;
use crate::config::parse_diagnostics::suggest;
use crate::config::test_cases::{TestUsers, handler_names, parse_handler};
use crate::config::types::{
    DestinationSpec, RingTargetSpec, TestFile, TestSpec, UserFile, UserRef,
};
use crate::diagnostic::DiagnosticCode;
use crate::yaml::YamlPath;

/// Validates a test file. `users` holds all users of the repository, or `None` if errors in the
/// user files prevent that check.
pub(in crate::config) fn validate_tests(
    file: &TestFile,
    users: Option<&TestUsers<'_>>,
) -> Vec<ConfigFinding> {
    let mut findings = Vec::new();
    let root = YamlPath::root();
    let at = root.key("tests");
    if file.tests.is_empty() {
        let finding = ConfigFinding::new(DiagnosticCode::EmptyList, at.clone(), "`tests` is empty");
        findings.push(finding.with_help("add a test, or remove the file"));
    }
    if let (Some(user), Some(users)) = (&file.user, users) {
        validate_user_known(user, users, &root.key("user"), &mut findings);
    }
    let mut names = HashSet::new();
    for (index, test) in file.tests.iter().enumerate() {
        let at = at.item(index);
        if test.name.trim().is_empty() {
            let finding = ConfigFinding::new(
                DiagnosticCode::BadValue,
                at.key("name"),
                "this test has no name",
            );
            findings.push(finding.with_help("describe what the test checks"));
        } else if !names.insert(test.name.trim()) {
            let message = format!("another test is called `{}`", test.name);
            let finding = ConfigFinding::new(DiagnosticCode::TwoTests, at.key("name"), message);
            findings.push(
                finding.with_help("rename one of them, so that failures can be distinguished"),
            );
        }
        let own = test.user.as_ref();
        if let (Some(own), Some(users)) = (own, users) {
            validate_user_known(own, users, &at.key("user"), &mut findings);
        }
        let user = own.or(file.user.as_ref());
        if user.is_none() {
            let message = format!("the test `{}` has no user", test.name);
            // Findings inside a cut-out `user` key are dropped, so this one has the path of that
            // key.
            let finding =
                ConfigFinding::new(DiagnosticCode::UserIdentity, root.key("user"), message);
            findings.push(
                finding.with_help(
                    "add `user:` with the user's extension number to the file or the test",
                ),
            );
        }
        let described = user.and_then(|user| users?.find_described(user));
        validate_test(test, described.map(|user| &user.file), &at, &mut findings);
    }
    findings
}

fn validate_test(
    test: &TestSpec,
    user: Option<&UserFile>,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    match (&test.call, &test.calls) {
        (Some(_), Some(_)) => findings.push(
            ConfigFinding::new(
                DiagnosticCode::MutuallyExclusiveKeys,
                at.key("calls"),
                "`call` and `calls` cannot be combined",
            )
            .with_help("keep one of them: a test has either one call or a list"),
        ),
        (None, None) => findings.push(
            ConfigFinding::new(
                DiagnosticCode::MutuallyExclusiveKeys,
                at.key("call"),
                "this test has no call",
            )
            .with_help("add `call:`, or `calls:` with a list"),
        ),
        (Some(_), None) if test.expect.is_none() => findings.push(
            ConfigFinding::new(
                DiagnosticCode::MissingKey,
                at.clone(),
                "missing key `expect`",
            )
            .with_help("add `expect:` with `handledBy`, `endsAt` or `rings`"),
        ),
        _ => {}
    }
    if let Some(expect) = &test.expect {
        let at = at.key("expect");
        if expect.is_empty() {
            findings.push(missing_expectation_finding(&at));
        }
        let validator = ExpectationValidator {
            handled_by: expect.handled_by.as_deref(),
            ends_at: expect.ends_at.as_ref(),
            rings: expect.rings.as_deref(),
        };
        validator.validate(user, &at, findings);
    }
    if test.calls.as_ref().is_some_and(Vec::is_empty) {
        let finding = ConfigFinding::new(
            DiagnosticCode::EmptyList,
            at.key("calls"),
            "`calls` is empty",
        );
        findings.push(finding.with_help("add a call, or remove the test"));
    }
    for (index, row) in test.calls.iter().flatten().enumerate() {
        let at = at.key("calls").item(index);
        if row.expect(test.expect.as_ref()).is_empty() {
            findings.push(missing_expectation_finding(&at));
        }
        let validator = ExpectationValidator {
            handled_by: row.handled_by.as_deref(),
            ends_at: row.ends_at.as_ref(),
            rings: row.rings.as_deref(),
        };
        validator.validate(user, &at, findings);
    }
}

fn missing_expectation_finding(at: &YamlPath) -> ConfigFinding {
    let message = "this call has no expectation";
    ConfigFinding::new(DiagnosticCode::EmptyList, at.clone(), message)
        .with_help("add `handledBy`, `endsAt` or `rings`")
}

/// The expectations of one map: of a test, or of one of its calls.
struct ExpectationValidator<'a> {
    handled_by: Option<&'a str>,
    ends_at: Option<&'a DestinationSpec>,
    rings: Option<&'a [RingTargetSpec]>,
}

impl ExpectationValidator<'_> {
    fn validate(&self, user: Option<&UserFile>, at: &YamlPath, findings: &mut Vec<ConfigFinding>) {
        if let (Some(name), Some(user)) = (self.handled_by, user)
            && parse_handler(name, user).is_none()
        {
            let message = format!("this user has no rule or state named `{name}`");
            let at = at.key("handledBy").value();
            let help = suggest(name, &handler_names(user));
            findings
                .push(ConfigFinding::new(DiagnosticCode::NoSuchFile, at, message).with_help(help));
        }
        if let Some(spec) = self.ends_at {
            validate_destination(spec, &at.key("endsAt"), findings);
        }
        for (index, target) in self.rings.into_iter().flatten().enumerate() {
            validate_ring_target(target, &at.key("rings").item(index), findings);
        }
    }
}

/// Reports a user that no user file describes.
fn validate_user_known(
    user: &UserRef,
    users: &TestUsers<'_>,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    if users.find_described(user).is_some() {
        return;
    }
    let all: Vec<String> = users
        .users
        .iter()
        .filter_map(|user| match &user.file {
            UserFile {
                extension: Some(number),
                ..
            } => Some(number.0.clone()),
            UserFile {
                email: Some(email), ..
            } => Some(email.0.clone()),
            UserFile { id, .. } => id.as_ref().map(|id| format!("id:{}", id.0)),
        })
        .collect();
    let message = format!("there is no user file for `{}`", user.0);
    let finding = ConfigFinding::new(DiagnosticCode::NoSuchFile, at.value(), message);
    findings.push(finding.with_help(suggest(&user.0, &all)));
}
