// What mailparser and mailauth make of messages: reads a path a line, writes a JSON object a line.
// The one argument is a file of DNS records, name -> type -> values; nothing else is asked.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { simpleParser } from 'mailparser';
import { authenticate } from 'mailauth';

const { zone, ip, helo, receiver } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

async function resolver(name, type) {
  const values = zone[name.toLowerCase()]?.[type];
  if (!values) {
    throw Object.assign(new Error(`${name} has no ${type}`), { code: 'ENOTFOUND' });
  }
  if (type === 'TXT') {
    return values.map((value) => [...value.matchAll(/"([^"]*)"/g)].map((string) => string[1]));
  }
  if (type === 'MX') {
    return values.map((value) => value.split(' ')).map(([priority, exchange]) => ({ priority: +priority, exchange }));
  }
  return values;
}

async function parsed(content) {
  const mail = await simpleParser(content, { skipImageLinks: true, skipTextToHtml: true, skipHtmlToText: true, skipTextLinks: true });
  const addresses = (field) => (field?.value ?? []).map(({ name, address }) => [name, address]);
  return {
    subject: mail.subject,
    from: addresses(mail.from),
    to: addresses(mail.to),
    date: mail.date,
    messageId: mail.messageId,
    text: mail.text,
    html: mail.html,
    attachments: mail.attachments.length,
    list: mail.headers.get('list') ?? null,
    headers: mail.headerLines.map(({ key, line }) => [key, Buffer.from(line, 'latin1').toString('utf8')]),
  };
}

async function authenticated(content) {
  const sender = /^Return-Path: <(.*)>/m.exec(content.toString('latin1'))[1];
  const { dkim, spf, dmarc } = await authenticate(content, { ip, helo, sender, mta: receiver, resolver, disableArc: true, disableBimi: true });
  return {
    dkim: dkim.results.map(({ algo, status, signingDomain }) => [algo ?? null, status.result, status.aligned ?? null, signingDomain ?? null]),
    spf: spf.status.result,
    dmarc: dmarc.status?.result ?? null,
  };
}

for await (const path of createInterface({ input: process.stdin })) {
  const content = readFileSync(path);
  console.log(JSON.stringify({ ...(await parsed(content)), ...(await authenticated(content)) }));
}
