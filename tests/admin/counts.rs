//! How the rows of all pages are counted.

use axum::Router;

use crate::school::admin;
use crate::statements::{at_a, crowded, noted, sent};

#[test]
fn rows_are_passed_over_as_they_are_only_where_none_has_to_be_taken_apart() {
    let school = crowded(1, "SELECT");
    for (alter, most, count, is_whole) in [
        ("SELECT", "P20005", "about 20005 rows", true),
        (
            "ALTER TABLE pupils ADD later int",
            "P20005",
            "about 20005 rows",
            true,
        ),
        (
            "ALTER TABLE pupils ADD filled int DEFAULT 1",
            "P10001",
            "about 10001 rows",
            false,
        ),
        (
            "ALTER TABLE pupils DROP filled",
            "P10000",
            "10000 rows",
            false,
        ),
        ("ALTER TABLE pupils DROP later", "P00003", "3 rows", false),
    ] {
        for schema in ["__template__", "a"] {
            school.world.run_in(schema, alter);
        }
        let fewer = format!("DELETE FROM pupils WHERE name > '{most}'");
        school.world.run_in("a", &fewer);
        school.world.run("ANALYZE a.pupils");
        let (pool, noting) = noted(&school.world);
        let router = Router::new().nest_service("/admin", admin(&pool));
        let mut root = at_a(&school, router, "root");
        let (page, sent) = sent(&mut root, &noting, "/admin/m/pupils/");
        page.says(&format!(">{count}<"));
        let whole = "(SELECT * FROM \"a\".\"pupils\" t OFFSET";
        assert_eq!(
            sent.iter().any(|it| it.contains(whole)),
            is_whole,
            "{alter}: {sent:#?}"
        );
    }
}
