//! Structs of all shapes that Diesel takes.
#![deny(warnings, clippy::pedantic, missing_docs, unreachable_pub)]

use std::borrow::Cow;

use diesel::prelude::*;
use multischema::{Model, MultiSchema, SessionHandle, TenantConnection};

use crate::schema::{authors, books, documents, keywords, pages, reviews, visits};

#[allow(missing_docs)]
mod schema {
    diesel::table! {
        documents (id) {
            id -> Integer,
            title -> Text,
            note -> Nullable<Text>,
        }
    }
    diesel::table! {
        pages (id) {
            id -> BigInt,
            title -> Text,
        }
    }
    diesel::table! {
        books (isbn) {
            isbn -> Text,
            #[sql_name = "type"]
            kind -> Text,
        }
    }
    diesel::table! {
        authors (book, position) {
            book -> Text,
            position -> Integer,
            name -> Text,
        }
    }
    diesel::table! {
        reviews (id) {
            id -> Integer,
            stars -> Integer,
            by -> Text,
        }
    }
    diesel::table! {
        keywords (r#type) {
            r#type -> Text,
        }
    }
    diesel::table! {
        visits (id) {
            id -> Integer,
            page -> BigInt,
        }
    }
}

/// The table's name is inferred.
#[derive(Queryable, Selectable, Identifiable, Insertable, AsChangeset, MultiSchema)]
#[tenant]
pub struct Document {
    id: i32,
    title: String,
    note: Option<String>,
}

/// A lifetime, a path to the table, and a key of 64 bits.
#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = crate::schema::pages, check_for_backend(diesel::pg::Pg))]
#[tenant]
pub struct Page<'a> {
    id: i64,
    title: Cow<'a, str>,
}

/// Another primary key, by the name of its column, and a parameter with a bound.
#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = books)]
#[diesel(primary_key(isbn))]
#[tenant]
pub struct Book<T>
where
    T: Clone + Send,
{
    #[diesel(column_name = isbn)]
    number: T,
    #[diesel(column_name = "kind")]
    sort: String,
}

/// A primary key of two columns, and a constant parameter.
#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(table_name = authors, primary_key(book, position))]
#[tenant]
pub struct Author<const N: usize> {
    book: String,
    position: i32,
    name: String,
}

/// Part of a [`Review`].
#[derive(Queryable, Selectable)]
#[diesel(table_name = reviews)]
pub struct ReviewKey {
    id: i32,
}

/// The primary key is in another struct.
#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(primary_key(id))]
#[tenant]
pub struct Review {
    #[diesel(embed)]
    key: ReviewKey,
    stars: i32,
}

/// A keyword for a column.
#[derive(Queryable, Selectable, MultiSchema)]
#[diesel(primary_key(r#type))]
#[tenant]
pub(crate) struct Keyword {
    r#type: String,
}

/// No field for the primary key.
#[derive(Queryable, Selectable, MultiSchema)]
#[tenant]
struct Visit {
    page: i64,
}

impl Visit {
    /// Not a wrapper, as there is none of the name.
    fn find(page: i64) -> Self {
        Self { page }
    }
}

/// What a new document needs.
#[derive(Insertable)]
#[diesel(table_name = documents)]
struct NewDocument<'a> {
    title: &'a str,
}

/// What can be changed.
#[derive(AsChangeset)]
#[diesel(table_name = documents)]
struct Retitle {
    title: Option<String>,
}

fn work<H: SessionHandle>(conn: &mut TenantConnection<H>, document: &Document) -> QueryResult<()> {
    let _: Vec<Document> = Document::all(conn)?;
    let _: i64 = Document::count(conn)?;
    let id = 1;
    let _: Document = Document::find(conn, 1)?;
    Document::find(conn, id)?;
    Document::find(conn, &id)?;
    Document::find(conn, document.id())?;
    Document::create(conn, NewDocument { title: "a" })?;
    Document::create(conn, &NewDocument { title: "a" })?;
    Document::create(conn, document)?;
    Document::create(conn, documents::title.eq("a"))?;
    Document::create(conn, (documents::title.eq("a"), documents::note.eq("b")))?;
    Document::update(conn, 1, Retitle { title: None })?;
    Document::update(conn, 1, &Retitle { title: None })?;
    Document::update(conn, 1, document)?;
    Document::update(conn, 1, documents::title.eq(documents::title.concat("!")))?;
    let _: usize = Document::delete(conn, 1)?;

    Page::all(conn)?;
    Page::find(conn, 1)?;
    let page: Page<'static> = Page::create(conn, pages::title.eq("a"))?;
    Page::update(conn, page.id, pages::title.eq(&*page.title))?;

    let isbn = String::from("978");
    Book::<String>::find(conn, "978")?;
    Book::<String>::find(conn, &isbn)?;
    Book::<Cow<'static, str>>::find(conn, isbn)?;
    Book::<String>::delete(conn, Cow::Borrowed("978"))?;
    let book: Book<String> = Book::create(conn, (books::isbn.eq("978"), books::kind.eq("novel")))?;
    let _ = (book.number, book.sort);

    let author: Author<3> = Author::find(conn, ("978", 1))?;
    Author::<3>::update(
        conn,
        (&author.book, author.position),
        authors::name.eq(&author.name),
    )?;
    Author::<3>::delete(conn, (author.book, &author.position))?;

    let review = Review::find(conn, 1)?;
    Review::delete(conn, review.key.id + review.stars)?;
    Keyword::find(conn, "fn")?;
    let _ = Keyword::all(conn)?.pop().map(|keyword| keyword.r#type);

    Visit::all(conn)?;
    Visit::create(conn, visits::page.eq(Visit::find(1).page))?;
    Ok(())
}

fn is_model<M: Model<Scope = multischema::Tenant>>() {}

fn main() {
    is_model::<Document>();
    is_model::<Page<'_>>();
    is_model::<Book<String>>();
    let _ = work::<multischema::Session>;
    let _ = (reviews::by, keywords::r#type);
}
