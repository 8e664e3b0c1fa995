//! Pages of lists: `page` and `perPage` in, `paging` and `navigation` out. \[spec\]

use serde_json::{Value, json};

use super::account::Account;
use super::answers::ApiError;

const DEFAULT_SIZE: usize = 100;
const LARGEST_SIZE: usize = 1000;
const LAST_PAGE: usize = 1000;

/// The decoded query of a request.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: Option<&str>) -> Query {
        let pairs = url::form_urlencoded::parse(raw.unwrap_or_default().as_bytes());
        Query(pairs.into_owned().collect())
    }

    /// All values of a parameter: a filter that names several means any of them.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let pairs = self.0.iter().filter(|(key, _)| key == name);
        pairs.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether a value passes the filter of this name; no filter lets everything pass.
    pub(crate) fn lets_pass(&self, name: &str, value: &str) -> bool {
        let wanted = self.all(name);
        wanted.is_empty() || wanted.contains(&value)
    }

    /// Refuses a filter whose value is none of those that the specification lists.
    pub(crate) fn only(&self, name: &str, known: &[&str]) -> Result<(), ApiError> {
        if self.all(name).iter().all(|value| known.contains(value)) {
            return Ok(());
        }
        let message = format!("Parameter [{name}] value is invalid");
        Err(ApiError::invalid(name, message))
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.all(name).first() {
            None => Ok(None),
            Some(&"true") => Ok(Some(true)),
            Some(&"false") => Ok(Some(false)),
            Some(_) => Err(ApiError::invalid(
                name,
                format!("Parameter [{name}] must be true or false"),
            )),
        }
    }

    fn number(&self, name: &str) -> Result<Option<usize>, ApiError> {
        let Some(text) = self.all(name).first().copied() else {
            return Ok(None);
        };
        let number = text
            .parse()
            .ok()
            .filter(|n| (1..=i32::MAX as usize).contains(n));
        let refused = || ApiError::invalid(name, format!("Parameter [{name}] value is invalid"));
        Ok(Some(number.ok_or_else(refused)?))
    }

    fn with_page(&self, page: usize, per_page: usize) -> String {
        let others = self
            .0
            .iter()
            .filter(|(key, _)| key != "page" && key != "perPage");
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(others);
        text.append_pair("page", &page.to_string());
        text.append_pair("perPage", &per_page.to_string());
        text.finish()
    }
}

/// One page of `records`. `uri` is the address of a v1.0 list, which is shown with its neighbours; v2 lists
/// have none.
pub(crate) fn page(
    account: &Account,
    query: &Query,
    records: Vec<Value>,
    uri: Option<&str>,
) -> Result<Value, ApiError> {
    let largest = account.page_size.unwrap_or(LARGEST_SIZE);
    let usual = account.page_size.unwrap_or(DEFAULT_SIZE);
    let per_page = query.number("perPage")?.unwrap_or(usual).min(largest);
    let page = query.number("page")?.unwrap_or(1);
    if page > LAST_PAGE {
        return Err(ApiError::invalid(
            "page",
            "Parameter [page] value is invalid",
        ));
    }
    let total = records.len();
    let pages = total.div_ceil(per_page);
    let start = (page - 1) * per_page;
    let shown: Vec<Value> = records.into_iter().skip(start).take(per_page).collect();

    let mut paging = json!({ "page": page, "perPage": per_page });
    if !shown.is_empty() {
        paging["pageStart"] = start.into();
        paging["pageEnd"] = (start + shown.len() - 1).into();
    }
    if !account.omit_total_pages {
        paging["totalPages"] = pages.into();
        paging["totalElements"] = total.into();
    }
    let Some(uri) = uri else {
        return Ok(json!({ "records": shown, "paging": paging }));
    };
    let address =
        |page: usize| json!({ "uri": format!("{uri}?{}", query.with_page(page, per_page)) });
    let mut navigation = json!({ "firstPage": address(1) });
    if page > 1 {
        navigation["previousPage"] = address(page - 1);
    }
    if page < pages {
        navigation["nextPage"] = address(page + 1);
    }
    if !account.omit_total_pages {
        navigation["lastPage"] = address(pages.max(1));
    }
    Ok(json!({
        "uri": format!("{uri}?{}", query.with_page(page, per_page)),
        "records": shown,
        "navigation": navigation,
        "paging": paging,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let account = Account {
            page_size: Some(2),
            ..Account::default()
        };
        let list = |raw: &str| {
            let records = (0..3).map(Value::from).collect();
            page(
                &account,
                &Query::parse(Some(raw)),
                records,
                Some("http://x/list"),
            )
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
        for bad in [
            "page=0",
            "page=x",
            "perPage=-1",
            "page=1001",
            "perPage=99999999999999999999",
        ] {
            assert!(list(bad).is_err(), "{bad}");
        }
    }
}
