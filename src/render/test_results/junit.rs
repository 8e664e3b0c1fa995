//! The results of call tests as `JUnit` XML for CI systems.

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::{TestedCase, text};

/// Returns a report with a suite for each test file and a case for each call.
///
/// # Errors
/// Fails if the XML can't be serialized.
pub fn junit(tested: &[TestedCase<'_>]) -> Result<String, SerializeError> {
    let mut report = Report::new("callrules");
    let mut suites: Vec<TestSuite> = Vec::new();
    for result in tested {
        let mut status = TestCaseStatus::success();
        if !result.is_passed() {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let description = anstream::adapter::strip_str(&text::failure(result)).to_string();
            status.set_message(result.reasons().join("; "));
            status.set_description(description);
        }
        let mut case = TestCase::new(result.name(), status);
        case.set_classname(result.file);
        case.extra.insert("file".into(), result.file.into());
        if let Some(line) = result.line {
            case.extra.insert("line".into(), line.to_string().into());
        }
        let existing = suites
            .iter_mut()
            .find(|suite| suite.name.as_str() == result.file);
        if let Some(suite) = existing {
            suite.add_test_case(case);
        } else {
            let mut suite = TestSuite::new(result.file);
            suite.add_test_case(case);
            suites.push(suite);
        }
    }
    report.add_test_suites(suites);
    report.to_string()
}
