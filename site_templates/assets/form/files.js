// Files of evidence in the browser: read a piece at a time, told by size, type and SHA-256, and packed with the form as a
// BagIt 1.0 bag in an uncompressed zip, whose parts are the files themselves and no copies. Nothing is sent anywhere.
(function () {
  "use strict";
  const MOST_BYTES = 50 * 2 ** 20;
  const ENDINGS = { pdf: "pdf", jpeg: "jpg", png: "png", tiff: "tif", docx: "docx", xlsx: "xlsx" };
  const BEGINS = { pdf: ["25504446"], jpeg: ["ffd8ff"], png: ["89504e470d0a1a0a"], tiff: ["49492a00", "4d4d002a"] };
  const MAIN = { docx: "word/document.xml", xlsx: "xl/workbook.xml" };
  const PART = /^(.+\.(xml|rels|vml|png|jpe?g|gif|bmp|emf|wmf|tiff?|svg|odttf|fntdata)|xl\/printersettings\/[^/]+\.bin)$/;
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // --- SHA-256 (FIPS 180-4) and CRC-32, a piece at a time: what a browser brings wants the whole file at once ----------

  const primes = (count) => {
    const found = [];
    for (let number = 2; found.length < count; number += 1) if (found.every((prime) => number % prime)) found.push(number);
    return found;
  };
  const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  const K = Int32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));
  const BEGIN = Int32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));

  class Sha256 {
    constructor() {
      this.state = BEGIN.slice();
      this.words = new Int32Array(64);
      this.rest = new Uint8Array(64);
      this.held = 0;
      this.length = 0;
    }

    block(bytes, at) {
      const w = this.words;
      for (let i = 0; i < 16; i += 1, at += 4) w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
      for (let i = 16; i < 64; i += 1) {
        const [x, y] = [w[i - 15], w[i - 2]];
        const one = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const two = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        w[i] = (w[i - 16] + one + w[i - 7] + two) | 0;
      }
      let [a, b, c, d, e, f, g, h] = this.state;
      for (let i = 0; i < 64; i += 1) {
        const big = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const first = (h + big + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const small = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const second = (small + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + first) | 0;
        d = c;
        c = b;
        b = a;
        a = (first + second) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach((word, i) => (this.state[i] = (this.state[i] + word) | 0));
    }

    update(bytes) {
      let at = 0;
      this.length += bytes.length;
      if (this.held) {
        const taken = bytes.subarray(0, 64 - this.held);
        this.rest.set(taken, this.held);
        this.held += taken.length;
        at = taken.length;
        if (this.held < 64) return this;
        this.block(this.rest, 0);
        this.held = 0;
      }
      for (; at + 64 <= bytes.length; at += 64) this.block(bytes, at);
      this.rest.set(bytes.subarray(at));
      this.held = bytes.length - at;
      return this;
    }

    digest() {
      const end = new Uint8Array(this.held < 56 ? 64 : 128);
      end.set(this.rest.subarray(0, this.held));
      end[this.held] = 0x80;
      const view = new DataView(end.buffer);
      view.setUint32(end.length - 8, Math.floor(this.length / 2 ** 29));
      view.setUint32(end.length - 4, (this.length * 8) >>> 0);
      for (let at = 0; at < end.length; at += 64) this.block(end, at);
      return hex(Array.from(this.state, (word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]).flat());
    }
  }

  const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
    let code = byte;
    for (let bit = 0; bit < 8; bit += 1) code = code & 1 ? (code >>> 1) ^ 0xedb88320 : code >>> 1;
    return code;
  });

  function crcOf(bytes, before) {
    let code = ~before;
    for (let at = 0; at < bytes.length; at += 1) code = TABLE[(code ^ bytes[at]) & 255] ^ (code >>> 8);
    return ~code >>> 0;
  }

  // --- what a file is -------------------------------------------------------------------------------------------------

  // The entries of an archive {path, size, place, stored}, from the list at its end; null where that cannot be read.
  async function entriesOf(file) {
    const tail = new Uint8Array(await file.slice(-65_557).arrayBuffer());
    let end = tail.length - 22;
    const view = new DataView(tail.buffer);
    while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end -= 1;
    if (end < 0) return null;
    const [count, size, place] = [view.getUint16(end + 10, true), view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
    if (count > 2000 || size > 2 ** 21 || place + size > file.size) return null;
    const list = new DataView(await file.slice(place, place + size).arrayBuffer());
    const entries = [];
    for (let at = 0; entries.length < count; ) {
      if (at + 46 > size || list.getUint32(at, true) !== 0x02014b50) return null;
      const [name, extra, comment] = [28, 30, 32].map((offset) => list.getUint16(at + offset, true));
      if (at + 46 + name > size) return null;
      const path = new TextDecoder().decode(new Uint8Array(list.buffer, at + 46, name));
      entries.push({ path, size: list.getUint32(at + 24, true), place: list.getUint32(at + 42, true), stored: list.getUint16(at + 10, true) === 0 });
      at += 46 + name + extra + comment;
    }
    return entries;
  }

  // The bytes of an entry that is not compressed, as a part of the file and no copy.
  async function part(file, entry) {
    const head = new DataView(await file.slice(entry.place, entry.place + 30).arrayBuffer());
    const from = entry.place + 30 + head.getUint16(26, true) + head.getUint16(28, true);
    return file.slice(from, from + entry.size);
  }

  // The type of a file by its content, null where it is none that is taken.
  async function typeOf(head, file) {
    const begin = hex(head.slice(0, 8));
    for (const [type, begins] of Object.entries(BEGINS)) if (begins.some((one) => begin.startsWith(one))) return type;
    const paths = begin.startsWith("504b0304") ? (await entriesOf(file))?.map((one) => one.path.toLowerCase()) : null;
    if (!paths?.every((path) => PART.test(path))) return null;
    const found = Object.keys(MAIN).filter((type) => paths.includes(MAIN[type]));
    return found.length === 1 ? found[0] : null;
  }

  // Read a file once: what is said of it and, for the archive, its CRC; or why it is not taken.
  async function examine(file, tell = () => {}) {
    if (file.size > MOST_BYTES) return { fault: "large" };
    const [sha, head] = [new Sha256(), []];
    let [crc, done] = [0, 0];
    const reader = file.stream().getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      sha.update(piece.value);
      crc = crcOf(piece.value, crc);
      if (head.length < 8) head.push(...piece.value.subarray(0, 8));
      done += piece.value.length;
      tell(done / file.size);
    }
    const type = await typeOf(head, file);
    return type === null ? { fault: "type" } : { sha256: sha.digest(), crc, bytes: file.size, type, file };
  }

  // --- the package ----------------------------------------------------------------------------------------------------

  function record(size, ...fields) {
    const view = new DataView(new ArrayBuffer(size));
    for (const [at, bytes, value] of fields) bytes === 4 ? view.setUint32(at, value, true) : view.setUint16(at, value, true);
    return new Uint8Array(view.buffer);
  }

  // An uncompressed zip of entries {path, crc, bytes, file}: headers between the files as they are.
  function zipped(entries) {
    const [parts, list] = [[], []];
    let place = 0;
    for (const { path, crc, bytes, file } of entries) {
      const name = new TextEncoder().encode(path);
      const own = (at) => [[at, 2, 20], [at + 2, 2, 0x0800], [at + 8, 2, 0x0021], [at + 10, 4, crc], [at + 14, 4, bytes], [at + 18, 4, bytes], [at + 22, 2, name.length]];
      list.push(record(46, [0, 4, 0x02014b50], [4, 2, 20], ...own(6), [42, 4, place]), name);
      parts.push(record(30, [0, 4, 0x04034b50], ...own(4)), name, file);
      place += 30 + name.length + bytes;
    }
    const size = list.reduce((sum, one) => sum + one.length, 0);
    const end = record(22, [0, 4, 0x06054b50], [8, 2, entries.length], [10, 2, entries.length], [12, 4, size], [16, 4, place]);
    return new Blob([...parts, ...list, end], { type: "application/zip" });
  }

  function told(path, text) {
    const bytes = new TextEncoder().encode(text);
    return { path, sha256: new Sha256().update(bytes).digest(), crc: crcOf(bytes, 0), bytes: bytes.length, file: bytes };
  }

  // A bag of a form and its files: `cited` are {criterion, number, ...what `examine` told}, each content once.
  function bag(name, form, cited) {
    const index = cited.map((one, at) => ({ criterion: one.criterion, number: one.number, path: `data/tep/${one.criterion}-${at + 1}.${ENDINGS[one.type]}`, sha256: one.sha256 }));
    const files = cited.map((one, at) => ({ ...one, path: index[at].path }));
    const payload = [told(`data/${name}.json`, form), told("data/index.json", `${JSON.stringify({ files: index }, null, 1)}\n`), ...files];
    const manifest = payload.map((one) => `${one.sha256}  ${one.path}\n`).join("");
    const tags = [told("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"), told("manifest-sha256.txt", manifest)];
    return zipped([...tags, ...payload].map((one) => ({ ...one, path: `${name}/${one.path}` })));
  }

  // The form of a package that `bag` made, and its files; null where it is none.
  async function opened(file) {
    const entries = ((await entriesOf(file)) ?? []).filter((one) => one.stored);
    const form = entries.find((one) => /^[^/]+\/data\/phieu-[^/]*\.json$/.test(one.path));
    if (!form) return null;
    const held = entries.filter((one) => /^[^/]+\/data\/tep\//.test(one.path));
    const named = async (one) => new File([await part(file, one)], one.path.split("/").pop());
    return { form: await (await part(file, form)).text(), files: await Promise.all(held.map(named)) };
  }

  window.parindexFiles = { Sha256, examine, bag, opened };
})();
