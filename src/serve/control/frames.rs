//! What goes over the socket: a letter, a length, and that many bytes; JSON, or bytes as they are.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::commands::{Kind, Places, Report, Request, list};

/// Version of what is said over the socket. Who speaks another one is not asked.
pub(super) const PROTOCOL: u32 = 1;

/// No frame is longer.
const LONGEST: u32 = 256 * 1024 * 1024;

/// Who does not take a frame within this time has stopped, or is slower than anybody waits.
const SEND_WITHIN: Duration = Duration::from_secs(30);

const JSON: u8 = b'j';
const BYTES: u8 = b'b';

/// What is said.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Frame {
    /// The holder, first: who it is.
    Hello { protocol: u32, program: String, pid: u32 },
    /// The asker: what it wants.
    Ask { places: Places, request: Request },
    /// The holder does not do that.
    Declined,
    /// The holder will do it.
    Accepted,
    /// The holder is still there.
    Beat,
    /// How far it is.
    Progress { done: usize, of: usize },
    /// Stories; the report comes without them.
    Lines(Vec<list::Line>),
    /// It is done.
    Done(Box<Report>),
    /// It is not done.
    Failed { kind: Kind, message: String },
    /// Bytes of a backup.
    #[serde(skip)]
    Bytes(Vec<u8>),
}

pub(super) async fn send(stream: &mut (impl AsyncWrite + Unpin), frame: &Frame) -> io::Result<()> {
    let json;
    let (letter, payload) = match frame {
        Frame::Bytes(bytes) => (BYTES, bytes.as_slice()),
        other => {
            json = serde_json::to_vec(other)?;
            (JSON, json.as_slice())
        }
    };
    let length = u32::try_from(payload.len()).ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other("a frame is too long"))?;
    let whole = [&[letter], length.to_be_bytes().as_slice(), payload].concat();
    timeout(SEND_WITHIN, stream.write_all(&whole))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// The next frame; `None` where the other side has ended.
pub(super) async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Frame>> {
    let mut head = [0; 5];
    match stream.read_exact(&mut head).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    };
    let [letter, length @ ..] = head;
    let length = u32::from_be_bytes(length);
    if length > LONGEST {
        return Err(io::Error::other("a frame is too long"));
    }
    let mut payload = Vec::new();
    let read = stream.take(length.into()).read_to_end(&mut payload).await?;
    if read as u64 != u64::from(length) {
        return Ok(None);
    }
    match letter {
        BYTES => Ok(Some(Frame::Bytes(payload))),
        JSON => Ok(Some(serde_json::from_slice(&payload)?)),
        _ => Err(io::Error::other("a frame of an unknown kind")),
    }
}
