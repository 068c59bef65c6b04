//! Makes new inputs of old ones, by chance and with a plan: bits are flipped, words of the target's
//! own kind put in, tags moved, doubled and taken away, numbers made absurd, two inputs joined.

/// Inputs are no longer; what takes longer shows at this size already.
const MOST_BYTES: usize = 64 * 1024;

/// Numbers at which programs stumble.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "7",
    "31",
    "60",
    "99",
    "127",
    "255",
    "256",
    "65535",
    "65536",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "99999999999999999999999999",
    "0x41",
    "1e309",
    "00",
];

pub(super) struct Mutator {
    state: u64,
    words: &'static [&'static str],
}

impl Mutator {
    pub(super) fn new(seed: u64, words: &'static [&'static str]) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, words }
    }

    /// A number below `most`: xorshift, enough for chance that can be repeated.
    pub(super) fn below(&mut self, most: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let scrambled = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16;
        (scrambled % most.max(1) as u64) as usize
    }

    fn word(&mut self) -> &'static [u8] {
        self.words[self.below(self.words.len())].as_bytes()
    }

    /// An input of a few words, or one made of an old one by one to six changes.
    pub(super) fn next(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        if corpus.is_empty() || self.below(8) == 0 {
            let many = self.below(24) + 1;
            return (0..many).flat_map(|_| self.word().to_vec()).collect();
        }
        // Those that came last are the newest kinds.
        let newest = corpus.len().min(64);
        let which = match self.below(2) {
            0 => corpus.len() - 1 - self.below(newest),
            _ => self.below(corpus.len()),
        };
        let mut input = corpus[which].clone();
        for _ in 0..=self.below(6) {
            self.change(&mut input, corpus);
            input.truncate(MOST_BYTES);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        match self.below(13) {
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            1 => {
                let byte = self.below(256) as u8;
                input.insert(at, byte);
            }
            2..=4 => {
                let word = self.word();
                input.splice(at..at, word.iter().copied());
            }
            5 => {
                let end = (at + self.below(32)).min(input.len());
                let word = self.word();
                input.splice(at..end, word.iter().copied());
            }
            6 => {
                let end = (at + self.below(200)).min(input.len());
                input.drain(at..end);
            }
            7 => {
                // Something again and again: what is nested, or takes more than linear time.
                let end = (at + self.below(40)).min(input.len());
                let piece = match self.below(2) {
                    0 => input[at..end].to_vec(),
                    _ => self.word().to_vec(),
                };
                let times = 1 << self.below(10);
                let room = MOST_BYTES / (piece.len() + 1);
                input.splice(at..at, piece.repeat(times.min(room)));
            }
            8 => {
                // The head of this and the tail of another.
                let other = &corpus[self.below(corpus.len())];
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            9 => {
                // A piece of another in the middle of this.
                let other = &corpus[self.below(corpus.len())];
                let from = self.below(other.len() + 1);
                let to = (from + self.below(500)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            10 => {
                let tag = self.tag(input);
                let again = input[tag].to_vec();
                input.splice(at..at, again);
            }
            11 => {
                let tag = self.tag(input);
                if self.below(2) == 0 {
                    input.drain(tag);
                } else {
                    // Another tag in its place.
                    let other = self.tag(input);
                    let other = input[other].to_vec();
                    input.splice(tag, other);
                }
            }
            _ => {
                let digits = input.iter().skip(at).position(u8::is_ascii_digit).map(|n| at + n);
                let Some(begin) = digits else { return };
                let length = input[begin..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                let number = NUMBERS[self.below(NUMBERS.len())].bytes();
                input.splice(begin..begin + length, number);
            }
        }
    }

    /// From some `<` to the next `>`; nothing where there is none.
    fn tag(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let from = self.below(input.len() + 1);
        let Some(begin) = input[from..].iter().position(|byte| *byte == b'<') else { return 0..0 };
        let begin = from + begin;
        let end = input[begin..].iter().position(|byte| *byte == b'>');
        begin..end.map_or(input.len(), |end| begin + end + 1)
    }
}
