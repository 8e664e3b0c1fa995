//! The outcome of tests for CI systems: JUnit XML.

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::{Tested, text};

/// A suite for each test file, a case for each call.
///
/// # Errors
/// Where the XML cannot be written.
pub fn junit(tested: &[Tested<'_>]) -> Result<String, SerializeError> {
    let mut report = Report::new("callrules");
    let mut suites: Vec<TestSuite> = Vec::new();
    for one in tested {
        let mut status = TestCaseStatus::success();
        if !one.is_passed() {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let story = anstream::adapter::strip_str(&text::failure(one)).to_string();
            status.set_message(one.reasons().join("; "));
            status.set_description(story);
        }
        let mut case = TestCase::new(one.name(), status);
        case.set_classname(one.file);
        case.extra.insert("file".into(), one.file.into());
        if let Some(line) = one.line {
            case.extra.insert("line".into(), line.to_string().into());
        }
        match suites
            .iter_mut()
            .find(|suite| suite.name.as_str() == one.file)
        {
            Some(suite) => suite.add_test_case(case),
            None => {
                let mut suite = TestSuite::new(one.file);
                suite.add_test_case(case);
                suites.push(suite);
                continue;
            }
        };
    }
    report.add_test_suites(suites);
    report.to_string()
}
