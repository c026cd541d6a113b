// What a careful program of Node's world does: a handlebars template that was inlined beforehand,
// nodemailer's pool of connections, a line in a file for every mail. Started again it goes on with
// those that have no line.
//
//     node send.mjs PORT CONNECTIONS MAILS.json LINES
import { createHmac } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import Handlebars from "handlebars";
import nodemailer from "nodemailer";

const [port, connections, file, lines] = process.argv.slice(2);
const done = new Set(readFileSync(lines, "utf8").split("\n"));
const { papers, mails: all } = JSON.parse(readFileSync(file, "utf8"));
const mails = all.filter(({ address }) => !done.has(address));
const here = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const html = Handlebars.compile(here("mail.html"));
const text = Handlebars.compile(here("mail.txt"), { noEscape: true });
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port: Number(port),
  pool: true,
  maxConnections: Number(connections),
  maxMessages: Infinity,
  ignoreTLS: true,
});

// As ours: the first papers with their summaries, a line for each other one, one token a mail.
function compose({ address, follows, picks }) {
  const chosen = picks.map(([id, reason]) => ({ ...papers[id], id, reason }));
  const token = createHmac("sha256", "a key").update(address).digest("base64url").slice(0, 36);
  const values = {
    address,
    cards: chosen.slice(0, 3),
    lines: chosen.slice(3),
    follows,
    subject: `${chosen[0].title}, and ${chosen.length - 1} more`,
    preview: `${chosen[1].title}; ${chosen[2].title}`,
    token,
    view: token.slice(0, 25),
  };
  return {
    from: "Daily papers <digest@digest.localhost>",
    to: address,
    subject: values.subject,
    text: text(values),
    html: html(values),
    textEncoding: "quoted-printable",
    list: { unsubscribe: `http://127.0.0.1:8000/u/${token}` },
  };
}

let next = 0;
async function worker() {
  while (next < mails.length) {
    const mail = mails[next++];
    await transport.sendMail(compose(mail));
    appendFileSync(lines, `${mail.address}\n`);
  }
}
await Promise.all(Array.from({ length: 2 * Number(connections) }, worker));
transport.close();
