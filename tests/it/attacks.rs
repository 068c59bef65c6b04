//! Markup that means harm: each thing that could run, in each place where parsers have been made to
//! disagree, as it is, in capitals, and escaped; and the attacks that others have collected.

use std::path::{Path, PathBuf};

/// What would run, load or cover something, were it published.
const ACTS: &[&str] = &[
    "<script>alert(1)</script>",
    "<script src=http://canary.example/s.js></script>",
    "<img src=x onerror=alert(1)>",
    "<img src=http://canary.example/i.png onload=alert(1) onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text y=20>x</text></a></svg>",
    "<svg><use href=\"data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><image href=1 onerror=alert(1) /></svg>#x\" /></svg>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"java&#x09;script:alert(1)\">x</a>",
    "<a href=\"&#1;JaVaScRiPt&colon;alert(1)\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\" target=_top>x</a>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"<script>parent.alert(1)</script>\"></iframe>",
    "<object data=\"javascript:alert(1)\"></object>",
    "<embed src=\"http://canary.example/e.svg\">",
    "<details open ontoggle=alert(1)>x</details>",
    "<video src=x onerror=alert(1)></video>",
    "<video><source onerror=alert(1) src=x></video>",
    "<audio src=x onerror=alert(1) autoplay></audio>",
    "<input autofocus onfocus=alert(1)>",
    "<form action=\"javascript:alert(1)\"><button formaction=\"javascript:alert(1)\">x</button></form>",
    "<body onload=alert(1) onpageshow=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<style>@keyframes k{}p{animation:k 1s}</style><p onanimationstart=alert(1)>x</p>",
    "<style>@import \"http://canary.example/c.css\";</style>",
    "<link rel=stylesheet href=http://canary.example/c.css>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<base href=\"http://canary.example/\">",
    "<p style=\"position:fixed;inset:0;background:url(http://canary.example/b)\">x</p>",
    "<p onmouseover=alert(1) onclick=alert(1) tabindex=1 onfocus=alert(1) id=x>x</p>",
    "<math><maction actiontype=\"statusline#\" xlink:href=\"javascript:alert(1)\">x</maction></math>",
    "<img name=body><form id=cookie><input name=attributes></form>",
];

/// Where it stands, at the sign §.
const PLACES: &[&str] = &[
    "§",
    "<p>§</p>",
    "<b><p>§</b>",
    "<a href=/x><a href=/y>§</a>",
    "<pre>\n§",
    "<svg>§</svg>",
    "<svg></p>§",
    "<svg><style>§</style></svg>",
    "<svg><style><!--</style>§-->",
    "<svg><style><p title=\"</style>§\">",
    "<svg><title>§</title></svg>",
    "<svg><desc>§</desc></svg>",
    "<svg><foreignObject>§</foreignObject></svg>",
    "<math>§</math>",
    "<math><mtext>§</mtext></math>",
    "<math><mtext><table><mglyph><style><!--</style>§-->",
    "<math><mtext><mglyph><style><math>§",
    "<math><annotation-xml encoding=\"text/html\">§</annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math>§",
    "<math><mtext><h1><a><h6></a></h6><mglyph><svg><mtext><style><a title=\"</style>§\"></style></h1>",
    "<noscript>§</noscript>",
    "<noscript><p title=\"</noscript>§\"></noscript>",
    "<template>§</template>",
    "<template><style></template>§</style>",
    "<textarea>§</textarea>",
    "<textarea><p title=\"</textarea>§\">",
    "<title>§</title>",
    "<xmp>§</xmp>",
    "<xmp><p title=\"</xmp>§\">",
    "<noembed>§</noembed>",
    "<noframes><p title=\"</noframes>§\">",
    "<iframe>§</iframe>",
    "<iframe><p title=\"</iframe>§\">",
    "<style><p title=\"</style>§\">",
    "<plaintext>§",
    "<select>§</select>",
    "<select><style></select>§</style>",
    "<select><template>§",
    "<table>§</table>",
    "<table><tr>§<td>x",
    "<table><caption>§<caption>",
    "<table><colgroup>§<td>",
    "<!-->§-->",
    "<!--->§-->",
    "<!-- --!>§-->",
    "<!--<!-- -->§-->",
    "<![CDATA[§]]>",
    "<svg><![CDATA[><§]]></svg>",
    "<?xml § ?>",
    "<!DOCTYPE § >",
    "<p title='§'>x</p>",
    "<img alt='§' src=/i>",
    "<img src='/i?\">§'>",
    "<a href='/\">§'>x</a>",
    "<p title=`>§`>",
    "<p title=\"&quot;&gt;§\">",
    "</p></div></article></main></body></html>§",
    "--></script></style></title></textarea>§",
    "<scr<script>ipt>§</scr</script>ipt>",
    "<ruby><rt><rt>§</ruby>",
    "<frameset>§</frameset>",
    "<object>§</object>",
    "<audio>§</audio>",
    "<dialog open><menu>§</menu></dialog>",
];

/// All of them, each with each.
pub(crate) fn made() -> Vec<String> {
    let mut made = Vec::new();
    let deep = format!("{}§", "<div>".repeat(120));
    let deep_in_foreign = format!("{}<svg><p><style><p title=\"</style>§\">", "<b>".repeat(510));
    for act in ACTS {
        let capitals = act.replace("alert(1)", "\u{1}").to_uppercase().replace('\u{1}', "alert(1)");
        let escaped = act.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        // Neither white space nor quotes need stand where people write them.
        let crooked = act.replace(' ', "/\u{c}").replace('"', "");
        for place in PLACES.iter().copied().chain([deep.as_str(), deep_in_foreign.as_str()]) {
            for act in [*act, &capitals, &escaped, &crooked] {
                made.push(place.replace('§', act));
            }
        }
    }
    made
}

/// The shared data, where it is at hand.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = [root.join("../shared/data"), root.join("../../shared/data")];
    places.into_iter().map(|data| data.join(name)).find(|path| path.exists())
}

/// What DOMPurify and html5lib are tried with, read in place; nothing where it is not at hand.
pub(crate) fn known() -> Vec<String> {
    let lists =
        [("xss/dompurify-expect.json", "payload"), ("xss/html5lib-sanitizer-tests1.json", "input")];
    let mut known = Vec::new();
    for (file, key) in lists {
        let Some(path) = shared(file) else { continue };
        let text = std::fs::read_to_string(path).unwrap();
        let attacks: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        known.extend(attacks.iter().map(|attack| attack[key].as_str().unwrap().to_owned()));
    }
    known
}
