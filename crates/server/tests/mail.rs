//! Mail as a mail server gets it.
#![cfg(test)]

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use rafiq_app::mail::{Mail, MailError, Mailer as _};
use rafiq_domain::mail::{Facts, MailKind, compose};
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::{EmailAddress, Login};
use rafiq_domain::vocabulary::Language;
use rafiq_server::mail::SmtpMailer;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use uuid::Uuid;

/// What a mail server says to a recipient.
type Says = &'static str;

/// A mail server that speaks as much of the protocol as is needed (RFC 5321), and keeps what it is told.
struct Server {
    url: Url,
    heard: Arc<Mutex<String>>,
}

impl Server {
    async fn start(to_recipient: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap()).parse().unwrap();
        let heard = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, to_recipient, Arc::clone(&kept)));
            }
        });
        Self { url, heard }
    }

    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        SmtpMailer::new(&self.url, &address("no-reply@rafiq.example")).unwrap().send(mail).await
    }

    fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

async fn converse(stream: TcpStream, to_recipient: Says, heard: Arc<Mutex<String>>) {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 mail.example ready\r\n").await.unwrap();
    let mut in_mail = false;
    while let Ok(Some(line)) = lines.next_line().await {
        heard.lock().unwrap().extend([line.as_str(), "\n"]);
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "." => {
                in_mail = false;
                "250 taken"
            }
            _ if in_mail => continue,
            "DATA" => {
                in_mail = true;
                "354 go on"
            }
            "RCPT" => to_recipient,
            "QUIT" => "221 good-bye",
            _ => "250 yes",
        };
        if writing.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn mail(language: Language) -> Mail {
    let link = Some(Sensitive("https://rafiq.example/invitation#secret".to_owned()));
    let at = "2026-11-25T09:00:00Z".parse().ok();
    let facts = Facts { to: Login::parse("nour").ok(), link, at, ..Facts::default() };
    let message = compose(MailKind::Invitation, language, &facts);
    let id = Uuid::from_u128(7).into();
    Mail { id, kind: MailKind::Invitation, to: address("nour@clinic.example"), language, message }
}

/// The text of a mail, after its head.
fn decoded(heard: &str) -> String {
    let (_, rest) = heard.split_once("Content-Transfer-Encoding: base64").unwrap();
    let (_, body) = rest.split_once("\n\n").unwrap();
    let (body, _) = body.split_once("\n.").unwrap();
    let bytes = base64::engine::general_purpose::STANDARD.decode(body.replace('\n', "")).unwrap();
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written_in_the_order_in_which_it_is_read() {
    let server = Server::start("250 yes").await;
    let mail = mail(Language::Arabic);
    server.send(&mail).await.unwrap();
    let heard = server.heard();
    for expected in [
        "MAIL FROM:<no-reply@rafiq.example>",
        "RCPT TO:<nour@clinic.example>",
        "Message-ID: <00000000-0000-0000-0000-000000000007@rafiq.example>",
        "Auto-Submitted: auto-generated",
        "Content-Language: ar",
        "Content-Type: text/plain; charset=utf-8",
        "Subject: =?utf-8?b?",
    ] {
        assert!(heard.contains(expected), "{expected} is not in {heard}");
    }
    assert_eq!(decoded(&heard).trim_end(), mail.message.body.0);
}

#[tokio::test]
async fn what_a_server_answers_says_whether_another_attempt_is_worth_it() {
    for (says, expected) in [
        ("550 no such mailbox", MailError::Refused { code: Some(550) }),
        ("451 try later", MailError::Passing { code: Some(451) }),
        // The server does not let us in: that says nothing about the mail.
        ("530 who are you", MailError::Passing { code: Some(530) }),
    ] {
        let refused = Server::start(says).await.send(&mail(Language::English)).await.unwrap_err();
        assert_eq!(refused, expected, "{says}");
        assert!(!format!("{refused} {refused:?}").contains("mailbox"), "the server's words may name a person");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("smtp://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let mailer = SmtpMailer::new(&url, &address("no-reply@rafiq.example")).unwrap();
    let refused = mailer.send(&mail(Language::English)).await.unwrap_err();
    assert_eq!(refused, MailError::Passing { code: None });
}

#[tokio::test]
async fn mail_is_not_handed_over_in_the_clear_where_encryption_is_asked_for() {
    let server = Server::start("250 yes").await;
    let url: Url = format!("{}?tls=required", server.url).parse().unwrap();
    let mailer = SmtpMailer::new(&url, &address("no-reply@rafiq.example")).unwrap();
    assert_eq!(mailer.send(&mail(Language::English)).await, Err(MailError::Passing { code: None }));
    assert!(!server.heard().contains("nour"), "{}", server.heard());
}
