// What a careful program of Node's world does: a handlebars template that was inlined beforehand,
// nodemailer's pool of connections, a line in a file for every mail.
//
//     node send.mjs PORT CONNECTIONS MAILS.json LEDGER     prints CPU and wall seconds as JSON
import { createHmac } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import Handlebars from "handlebars";
import nodemailer from "nodemailer";

const [port, connections, file, ledger] = process.argv.slice(2);
const { papers, mails } = JSON.parse(readFileSync(file, "utf8"));
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

function token(purpose, address) {
  return createHmac("sha256", "a key").update(purpose + address).digest("base64url").slice(0, 34);
}

function compose({ address, follows, picks }) {
  const cards = picks.map(([id, reason], place) => ({ ...papers[id], id, reason, number: place + 1 }));
  const values = {
    address,
    cards,
    follows,
    subject: `${cards.length} papers: ${follows} · 19 Nov`,
    preview: `${cards[0].title}; ${cards[1].title}; and 13 more`,
  };
  for (const purpose of ["unsubscribe", "preferences", "view", "vote"]) {
    values[purpose] = token(purpose, address);
  }
  return {
    from: "Daily papers <digest@digest.localhost>",
    to: address,
    subject: values.subject,
    text: text(values),
    html: html(values),
    textEncoding: "quoted-printable",
    list: { unsubscribe: `http://127.0.0.1:8000/u/${values.unsubscribe}` },
  };
}

const cpu = process.cpuUsage();
const started = performance.now();
let next = 0;
async function worker() {
  while (next < mails.length) {
    const mail = mails[next++];
    await transport.sendMail(compose(mail));
    appendFileSync(ledger, `${mail.address}\n`);
  }
}
await Promise.all(Array.from({ length: 2 * Number(connections) }, worker));
const spent = process.cpuUsage(cpu);
const seconds = (performance.now() - started) / 1000;
transport.close();
console.log(JSON.stringify({ cpu: (spent.user + spent.system) / 1e6, seconds }));
