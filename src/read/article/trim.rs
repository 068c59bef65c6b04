//! What an extractor leaves at the edges of a text: the title once more, the byline, and at the
//! end newsletter lines, licences, "filed under"; between paragraphs, teasers of other stories.
//!
//! Only short blocks go, and only those that say what they are: at the end if they call for
//! something, within the text if they begin with words such as "Read also" and are a link.

use ego_tree::NodeId;
use scraper::{ElementRef, Html};

use super::super::tree;

/// A longer block is text.
const MAX_LINE: usize = 250;

/// Blocks at the end that are looked at.
const MAX_TAIL: usize = 12;

/// Blocks at the beginning that are looked at.
const MAX_HEAD: usize = 4;

/// Elements that hold lines.
const BLOCKS: &[&str] = &[
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "figure",
    "figcaption",
    "td",
    "th",
    "dt",
    "dd",
    "div",
    "section",
    "article",
    "header",
    "footer",
    "address",
    "ul",
    "ol",
    "table",
    "time",
];

/// Words of lines that end pages without belonging to the text, in lower case.
const TAILS: &[&str] = &[
    // Newsletters, donations, membership.
    "newsletter",
    "sign up",
    "subscribe",
    "want to be informed",
    "donate",
    "support us",
    "support our work",
    "become a member",
    "join us",
    "abonnier",
    "spenden",
    "unterstützen sie",
    "unterstütze uns",
    "mitglied werden",
    "mach mit",
    "εγγραφείτε",
    "ενημερωτικό δελτίο",
    "στηρίξτε",
    "iscriviti",
    "sostienici",
    "dona ora",
    "abonnez-vous",
    "inscrivez-vous",
    "soutenez",
    "faire un don",
    "suscríbete",
    "boletín",
    "apóyanos",
    "dona ",
    "подпишитесь",
    "рассылк",
    "поддержите",
    "assine",
    "boletim",
    "apoie",
    "abone ol",
    "bültene",
    "bağış",
    // Sharing and following.
    "share this",
    "share on",
    "follow us",
    "print this",
    "teilen",
    "folge uns",
    "folgen sie uns",
    "κοινοποι",
    "ακολουθήστε",
    "condividi",
    "seguici",
    "partager",
    "suivez-nous",
    "compartir",
    "síguenos",
    "поделит",
    "подписывайтесь",
    "compartilh",
    "siga-nos",
    "paylaş",
    "takip et",
    // Where it is filed, and under which licence.
    "filed under",
    "posted in",
    "posted on",
    "tagged",
    "abgelegt unter",
    "veröffentlicht in",
    "erstellt am",
    "schlagwörter",
    "schlagworte",
    "archiviato in",
    "classé dans",
    "publié dans",
    "archivado en",
    "рубрик",
    "arquivado em",
    "all rights reserved",
    "alle rechte vorbehalten",
    "except where otherwise",
    "unless otherwise",
    "sofern nicht anders",
    "soweit nicht anders",
    "licensed under",
    "leave a comment",
    "kommentar hinterlassen",
    "kommentar schreiben",
    "leave a reply",
    "lascia un commento",
    "laisser un commentaire",
    "deja un comentario",
];

/// Beginnings of lines that lead to other stories, in lower case.
const TEASERS: &[&str] = &[
    "read more",
    "read also",
    "also read",
    "see also",
    "related:",
    "more on this",
    "weiterlesen",
    "mehr lesen",
    "lesen sie auch",
    "lies auch",
    "siehe auch",
    "mehr zum thema",
    "διαβάστε",
    "δείτε επίσης",
    "leggi anche",
    "leggi tutto",
    "lire aussi",
    "à lire",
    "lire la suite",
    "leer más",
    "lea también",
    "lee también",
    "читайте также",
    "читать далее",
    "см. также",
    "leia também",
    "leia mais",
    "ler mais",
    "ayrıca okuyun",
    "devamını oku",
];

/// What is known of the article whose text is trimmed.
pub(super) struct Known<'a> {
    pub(super) title: Option<&'a str>,
    pub(super) authors: &'a [String],
}

/// Trims HTML that was found by its looks; the lines that went are told.
pub(super) fn trim(html: &str, known: &Known<'_>) -> (String, Vec<String>) {
    let mut tree = Html::parse_fragment(html);
    let (dropped, lines) = dropped(&tree, known);
    for dropped in dropped {
        if let Some(mut node) = tree.tree.get_mut(dropped) {
            node.detach();
        }
    }
    (tree.root_element().inner_html(), lines)
}

fn dropped(tree: &Html, known: &Known<'_>) -> (Vec<NodeId>, Vec<String>) {
    let blocks = blocks(tree);
    let mut dropped: Vec<usize> = Vec::new();
    let mut drop = |at: usize| {
        if !dropped.contains(&at) {
            dropped.push(at);
        }
    };
    for (at, block) in blocks.iter().enumerate().take(MAX_HEAD) {
        if block.repeats(known, at) {
            drop(at);
        } else if !block.line.is_empty() {
            break;
        }
    }
    let mut looked = 0_usize;
    for (at, block) in blocks.iter().enumerate().rev() {
        looked = looked.saturating_add(1);
        if block.line.is_empty() {
            continue;
        }
        if looked > MAX_TAIL || !(block.is_tail() || block.is_teaser()) {
            break;
        }
        drop(at);
    }
    for (at, _) in blocks.iter().enumerate().filter(|(_, block)| block.is_teaser()) {
        drop(at);
    }
    // Never everything.
    if dropped.len() >= blocks.iter().filter(|block| !block.line.is_empty()).count() {
        return (Vec::new(), Vec::new());
    }
    dropped.sort_unstable();
    let dropped = dropped.into_iter().filter_map(|at| blocks.get(at));
    dropped.map(|block| (block.id, block.line.clone())).unzip()
}

/// A block with no other block in it.
struct Block {
    id: NodeId,
    name: String,
    line: String,
    /// How many characters of it stand in links.
    linked: usize,
}

fn blocks(tree: &Html) -> Vec<Block> {
    let is_block = |element: &ElementRef<'_>| BLOCKS.contains(&element.value().name());
    let mut blocks = Vec::new();
    for element in tree::within(tree.root_element()).filter(is_block) {
        // No further than the first block within: a wrapper is seen at once.
        if tree::within(element).any(|inner| is_block(&inner)) {
            continue;
        }
        // One character more shows that it is too long.
        let line = tree::words(element, MAX_LINE.saturating_add(1));
        let linked = tree::within(element)
            .filter(|inner| inner.value().name() == "a")
            .map(|link| tree::words(link, MAX_LINE).chars().count())
            .fold(0_usize, usize::saturating_add);
        let name = element.value().name().to_owned();
        blocks.push(Block { id: element.id(), name, line, linked });
    }
    blocks
}

impl Block {
    fn length(&self) -> usize {
        self.line.chars().count()
    }

    /// Whether it only says who wrote the story, when, or how it is called.
    fn repeats(&self, known: &Known<'_>, at: usize) -> bool {
        let folded = |words: &str| -> String {
            words.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let line = folded(&self.line);
        if line.is_empty() {
            return false;
        }
        if known.title.is_some_and(|title| folded(title) == line) {
            return true;
        }
        let names = known.authors.iter().any(|name| {
            let name = folded(name);
            !name.is_empty() && line.contains(&name) && line.len() <= name.len().saturating_add(40)
        });
        let is_dated = crate::clean::dates::find(&self.line, None).is_some();
        at < MAX_HEAD && self.length() <= 100 && (names || is_dated && self.length() <= 60)
    }

    fn is_tail(&self) -> bool {
        let length = self.length();
        if length > MAX_LINE || self.name == "pre" {
            return false;
        }
        let lower = self.line.to_lowercase();
        let calls = TAILS.iter().any(|tail| {
            // Within a word it is another word, except where an ending may follow.
            lower.match_indices(tail).any(|(at, _)| {
                !lower.get(..at).is_some_and(|before| before.ends_with(char::is_alphanumeric))
            })
        });
        calls && (self.linked > 0 || length <= 80)
    }

    /// A link to another story that says so.
    fn is_teaser(&self) -> bool {
        let length = self.length();
        let lower = self.line.to_lowercase();
        let begins = TEASERS.iter().any(|teaser| lower.starts_with(teaser));
        begins && length <= MAX_LINE && self.linked.saturating_mul(2) >= length
    }
}
