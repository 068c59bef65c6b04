//! What a partner's server sees of us, over several runs.

mod articles;
mod conditional;
mod errors;
mod redirects;
mod robots;
mod secrets;
mod shape;
mod timing;

use crate::server::{Answer, Server};
use crate::wire::{Wire, numbered};

fn wire(server: &Server) -> Wire {
    server.set("/feed", Answer::feed(numbered("partner.example", 1..=3)));
    Wire::of(&[("partner", &server.url("/feed"))])
}
