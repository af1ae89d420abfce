//! One page of many rows.

/// Rows on a page.
pub const PER_PAGE: i64 = 20;

/// Which page of how many, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    pub page: i64,
    pub last: i64,
    pub total: i64,
}

impl Paging {
    /// The page that was asked for, or the nearest that there is.
    pub fn of(asked: &str, total: i64) -> Self {
        let last = ((total + PER_PAGE - 1) / PER_PAGE).max(1);
        let page = asked.trim().parse().unwrap_or(1).clamp(1, last);
        Self { page, last, total }
    }

    pub fn offset(self) -> i64 {
        (self.page - 1) * PER_PAGE
    }

    pub fn before(self) -> Option<i64> {
        (self.page > 1).then(|| self.page - 1)
    }

    pub fn after(self) -> Option<i64> {
        (self.page < self.last).then(|| self.page + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_whatever_is_asked_for() {
        for (asked, total, page, last) in [
            ("", 0, 1, 1),
            ("2", 20, 1, 1),
            ("2", 21, 2, 2),
            ("99", 41, 3, 3),
            ("-1", 41, 1, 3),
            ("x", 41, 1, 3),
            ("9223372036854775808", 41, 1, 3),
        ] {
            let expected = Paging { page, last, total };
            assert_eq!(Paging::of(asked, total), expected, "{asked:?}");
        }
    }
}
