//! Paging of lists: the parameters `page` and `perPage`, and the response fields `paging` and
//! `navigation`. \[spec\]

use axum::Json;
use serde_json::{Value, json};

use super::account::SandboxAccount;
use super::response::{HandlerResult, SandboxApiError};

const DEFAULT_PAGE_SIZE: usize = 100;
const MAX_PAGE_SIZE: usize = 1000;
const MAX_PAGE: usize = 1000;

/// The decoded query parameters of a list request.
#[derive(Debug, Default)]
pub(crate) struct ListQuery(Vec<(String, String)>);

impl ListQuery {
    pub(crate) fn parse(raw: Option<&str>) -> ListQuery {
        let pairs = url::form_urlencoded::parse(raw.unwrap_or_default().as_bytes());
        ListQuery(pairs.into_owned().collect())
    }

    /// Returns all values of a parameter. A filter with several values matches any of them.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let pairs = self.0.iter().filter(|(key, _)| key == name);
        pairs.map(|(_, value)| value.as_str()).collect()
    }

    /// Returns whether the value matches the filter of this name. Without the filter, every value
    /// matches.
    pub(crate) fn matches_filter(&self, name: &str, value: &str) -> bool {
        let filter_values = self.values(name);
        filter_values.is_empty() || filter_values.contains(&value)
    }

    /// Rejects a filter with a value that the specification does not list.
    pub(crate) fn check_allowed(
        &self,
        name: &str,
        allowed: &[&str],
    ) -> Result<(), SandboxApiError> {
        let values = self.values(name);
        let invalid = values.iter().find(|value| !allowed.contains(value));
        invalid.map_or(Ok(()), |_| Err(SandboxApiError::invalid_value(name)))
    }

    /// Returns a boolean parameter, or an error if its value is neither `true` nor `false`.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, SandboxApiError> {
        match self.values(name).first() {
            None => Ok(None),
            Some(&"true") => Ok(Some(true)),
            Some(&"false") => Ok(Some(false)),
            Some(_) => {
                let message = format!("Parameter [{name}] must be true or false");
                Err(SandboxApiError::invalid(name, message))
            }
        }
    }

    /// Returns a positive number, or an error if the parameter is set but is no such number.
    fn number(&self, name: &str) -> Result<Option<usize>, SandboxApiError> {
        let Some(text) = self.values(name).first().copied() else {
            return Ok(None);
        };
        // The API parses the number as a 32-bit integer. [spec]
        match text.parse::<i32>().map(usize::try_from) {
            Ok(Ok(number)) if number > 0 => Ok(Some(number)),
            _ => Err(SandboxApiError::invalid_value(name)),
        }
    }

    /// Returns the query with another page.
    fn with_page(&self, page: usize, per_page: usize) -> String {
        let mut pairs = self.0.clone();
        pairs.retain(|(key, _)| key != "page" && key != "perPage");
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(pairs);
        text.append_pair("page", &page.to_string());
        text.append_pair("perPage", &per_page.to_string());
        text.finish()
    }

    /// Returns the requested page of `records`.
    ///
    /// `uri` is the address of a v1.0 list, which is included in the response with those of the
    /// adjacent pages. Responses of v2 lists contain no addresses.
    pub(crate) fn paginate(
        &self,
        account: &SandboxAccount,
        records: impl Iterator<Item = Value>,
        uri: Option<&str>,
    ) -> HandlerResult {
        let max_size = account.page_size.unwrap_or(MAX_PAGE_SIZE);
        let default_size = account.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
        let requested_size = self.number("perPage")?;
        let per_page = requested_size.unwrap_or(default_size).min(max_size);
        let page = self.number("page")?.unwrap_or(1);
        if page > MAX_PAGE {
            return Err(SandboxApiError::invalid_value("page"));
        }
        let records: Vec<Value> = records.collect();
        let pages = records.len().div_ceil(per_page);
        let start = (page - 1) * per_page;
        let page_records: Vec<&Value> = records.iter().skip(start).take(per_page).collect();

        let mut paging = json!({ "page": page, "perPage": per_page });
        if !page_records.is_empty() {
            paging["pageStart"] = start.into();
            paging["pageEnd"] = (start + page_records.len() - 1).into();
        }
        if !account.omit_total_pages {
            paging["totalPages"] = pages.into();
            paging["totalElements"] = records.len().into();
        }
        let Some(uri) = uri else {
            return Ok(Json(json!({ "records": page_records, "paging": paging })));
        };
        let address = |page| format!("{uri}?{}", self.with_page(page, per_page));
        let mut navigation = json!({ "firstPage": { "uri": address(1) } });
        if page > 1 {
            navigation["previousPage"] = json!({ "uri": address(page - 1) });
        }
        if page < pages {
            navigation["nextPage"] = json!({ "uri": address(page + 1) });
        }
        if !account.omit_total_pages {
            navigation["lastPage"] = json!({ "uri": address(pages.max(1)) });
        }
        Ok(Json(json!({
            "uri": address(page),
            "records": page_records,
            "navigation": navigation,
            "paging": paging,
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paginate_limits_page_size_and_rejects_invalid_numbers() {
        let account = SandboxAccount {
            page_size: Some(2),
            ..SandboxAccount::default()
        };
        let list = |raw: &str| {
            let query = ListQuery::parse(Some(raw));
            let page = query.paginate(&account, (0..3).map(Value::from), Some("http://x/list"));
            page.map(|Json(body)| body)
        };
        let first = list("type=User&perPage=1000").unwrap();
        assert_eq!(first["records"], json!([0, 1]));
        assert_eq!(
            first["paging"],
            json!({ "page": 1, "perPage": 2, "pageStart": 0, "pageEnd": 1, "totalPages": 2, "totalElements": 3 })
        );
        assert_eq!(
            first["navigation"]["nextPage"]["uri"],
            "http://x/list?type=User&page=2&perPage=2"
        );
        let last = list("page=2").unwrap();
        assert_eq!(last["records"], json!([2]));
        assert!(last["navigation"].get("nextPage").is_none());
        assert_eq!(list("page=3").unwrap()["records"], json!([]));
        let too_large = "perPage=99999999999999999999";
        for invalid in ["page=0", "page=x", "perPage=-1", "page=1001", too_large] {
            assert!(list(invalid).is_err(), "{invalid}");
        }
    }
}
