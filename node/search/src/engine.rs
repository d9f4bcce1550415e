//! The engine: documents of entries in a folder of tantivy's, and the stamp of the last commit.

use crate::{document::Document, error::SearchError, stamp::Stamp, words};
use codec::{Decode, Encode};
use mulu_proofs::{
    catalog::ResourceCode,
    ids::{EntryId, Version},
};
use std::{fs, io, path::Path};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, Term,
    directory::MmapDirectory,
    schema::{FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{Token, TokenStream, Tokenizer, WhitespaceTokenizer},
};

/// Memory for documents that are not yet on the disk.
const WRITER_BYTES: usize = 32 * 1024 * 1024;
/// Name of the tokenizer that knows words.
const EVERY_WORD: &str = "every_word";
/// Name of the tokenizer of texts that are cut already.
const CUT: &str = "cut";

/// Columns, by name.
pub mod column {
    /// Id of the entry.
    pub const ENTRY: &str = "entry";
    /// Id of the provider.
    pub const PROVIDER: &str = "provider";
    /// [`crate::facets::Bits`].
    pub const FACETS: &str = "facets";
    /// Publication date.
    pub const PUBLISHED_ON: &str = "published_on";
}

/// Fields of a document. A word stands in the first of `name`, `close`, `items` and `about` that has it, and in no other.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// Id; what a new document of an entry replaces the old one by.
    pub entry: Field,
    /// Resource code as one term.
    pub code: Field,
    /// The name's units as one term.
    pub exact: Field,
    /// Name, with places.
    pub name: Field,
    /// Keywords and code.
    pub close: Field,
    /// Items.
    pub items: Field,
    /// Summary and the rest.
    pub about: Field,
    provider: Field,
    facets: Field,
    published_on: Field,
    shown: Field,
}

/// What a row shows besides its facets.
#[derive(Debug, Encode, Decode)]
pub struct Shown {
    /// The version.
    pub version: Version,
    /// Resource code.
    pub code: ResourceCode,
    /// Name.
    pub name: String,
}

/// The engine.
pub struct Engine {
    fields: Fields,
    reader: IndexReader,
    writer: IndexWriter,
}

impl Engine {
    /// Opens the index in `path`, or makes one where there is none that reads.
    ///
    /// # Errors
    /// [`SearchError`] if the folder cannot be used.
    pub fn open(path: &Path) -> Result<(Self, Option<Stamp>), SearchError> {
        match Self::open_as_it_is(path) {
            Ok(opened) => Ok(opened),
            Err(error) => {
                // Everything in it follows from the chain.
                tracing::warn!(%error, path = %path.display(), "the search index does not open; it is built anew");
                Self::create(path).map(|engine| (engine, None))
            }
        }
    }

    /// Deletes the index in `path` and makes an empty one.
    ///
    /// # Errors
    /// [`SearchError`] if the folder cannot be used.
    pub fn create(path: &Path) -> Result<Self, SearchError> {
        match fs::remove_dir_all(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(SearchError::Folder { path: path.to_owned(), source })
            }
            _ => Ok(Self::open_as_it_is(path)?.0),
        }
    }

    fn open_as_it_is(path: &Path) -> Result<(Self, Option<Stamp>), SearchError> {
        fs::create_dir_all(path).map_err(|source| SearchError::Folder { path: path.to_owned(), source })?;
        let (schema, fields) = schema();
        let directory = MmapDirectory::open(path).map_err(tantivy::TantivyError::from)?;
        let index = Index::open_or_create(directory, schema)?;
        index.tokenizers().register(EVERY_WORD, EveryWord);
        index.tokenizers().register(CUT, WhitespaceTokenizer::default());
        let stamp = index.load_metas()?.payload.as_deref().and_then(Stamp::read);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
        Ok((Self { fields, reader, writer }, stamp))
    }

    /// The fields.
    pub const fn fields(&self) -> Fields {
        self.fields
    }

    /// What the last commit holds.
    pub fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    /// Puts a document in the place of the entry's earlier one.
    ///
    /// # Errors
    /// [`SearchError::Engine`].
    pub fn put(&self, document: &Document) -> Result<(), SearchError> {
        let fields = &self.fields;
        let id = document.id.get().into();
        let mut row = TantivyDocument::new();
        row.add_u64(fields.entry, id);
        row.add_text(fields.code, document.code.as_str());
        row.add_text(fields.exact, words::folded(&document.name));
        row.add_text(fields.name, &document.name);
        for (field, words) in
            [(fields.close, &document.close), (fields.items, &document.items), (fields.about, &document.about)]
        {
            // No word has a space.
            row.add_text(field, words.join(" "));
        }
        row.add_u64(fields.provider, document.provider.get().into());
        row.add_u64(fields.facets, document.bits.packed());
        row.add_u64(fields.published_on, document.published_on.get().into());
        let shown = Shown { version: document.version, code: document.code.clone(), name: document.name.clone() };
        row.add_bytes(fields.shown, &shown.encode());
        self.remove(document.id);
        self.writer.add_document(row)?;
        Ok(())
    }

    /// Takes an entry's document out.
    pub fn remove(&self, entry: EntryId) {
        self.writer.delete_term(Term::from_field_u64(self.fields.entry, entry.get().into()));
    }

    /// Makes everything durable and visible, with its stamp.
    ///
    /// # Errors
    /// [`SearchError::Engine`].
    pub fn commit(&mut self, stamp: &Stamp) -> Result<(), SearchError> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&stamp.to_string());
        commit.commit()?;
        self.reader.reload()?;
        Ok(())
    }
}

/// What a stored row shows.
pub fn shown(searcher: &Searcher, fields: &Fields, address: tantivy::DocAddress) -> Result<Shown, SearchError> {
    use tantivy::schema::Value;
    const DAMAGED: SearchError = SearchError::Damaged { what: "a row of the search index" };
    let row: TantivyDocument = searcher.doc(address)?;
    let bytes = row.get_first(fields.shown).and_then(|value| value.as_bytes()).ok_or(DAMAGED)?;
    Shown::decode(&mut &bytes[..]).map_err(|_| DAMAGED)
}

fn schema() -> (Schema, Fields) {
    let text = |tokenizer, option| {
        // Ranks need no lengths.
        let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option);
        TextOptions::default().set_indexing_options(indexing.set_fieldnorms(false))
    };
    let mut schema = Schema::builder();
    let fields = Fields {
        entry: schema.add_u64_field(column::ENTRY, INDEXED | FAST),
        code: schema.add_text_field("code", STRING),
        exact: schema.add_text_field("exact", STRING),
        name: schema.add_text_field("name", text(EVERY_WORD, IndexRecordOption::WithFreqsAndPositions)),
        close: schema.add_text_field("close", text(CUT, IndexRecordOption::Basic)),
        items: schema.add_text_field("items", text(CUT, IndexRecordOption::Basic)),
        about: schema.add_text_field("about", text(CUT, IndexRecordOption::Basic)),
        provider: schema.add_u64_field(column::PROVIDER, FAST),
        facets: schema.add_u64_field(column::FACETS, FAST),
        published_on: schema.add_u64_field(column::PUBLISHED_ON, FAST),
        shown: schema.add_bytes_field("shown", STORED),
    };
    (schema.build(), fields)
}

/// Every word of a text, with its place.
#[derive(Clone)]
struct EveryWord;

impl Tokenizer for EveryWord {
    type TokenStream<'a> = Words;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words {
        Words { left: words::every(text).into_iter(), token: Token::default() }
    }
}

struct Words {
    left: std::vec::IntoIter<words::Word>,
    token: Token,
}

impl TokenStream for Words {
    fn advance(&mut self) -> bool {
        let Some(word) = self.left.next() else { return false };
        self.token = Token { position: word.place, text: word.text, ..Token::default() };
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
