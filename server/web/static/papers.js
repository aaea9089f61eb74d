/* Pages of a paper, sent while the page is open: made small here, kept in the browser until the server
   has them, in pieces that a line may break between. Without this the form sends one file. */
"use strict";
(() => {
  const box = document.querySelector("[data-papers]");
  if (!box || !window.indexedDB || !window.createImageBitmap) return;
  const words = JSON.parse(box.dataset.words), set = box.dataset;
  const form = document.querySelector("form[enctype]"), input = form.elements.page;
  const list = document.querySelector(".pgs"), part = name => box.querySelector(`[data-${name}]`);
  const SIDE = 1600, QUALITY = 0.7, DARK_BELOW = 105, BLURRED_BELOW = 0.21, EDGES_MIN = 10, JUDGED_SIDE = 800, FAR = 4, TILES = 8,
    AGAIN_S = [2, 5, 10, 20], PATIENCE_MAX_MS = 360_000, KEPT_MS = 7 * 24 * 3600 * 1000;
  const say = (code, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[code]);
  const kb = bytes => Math.max(1, Math.round(bytes / 1024));

  // What waits outlasts the browser: one store, a row a page, each of the paper it was chosen for.
  const opened = new Promise((done, fail) => {
    const asked = indexedDB.open("nuqta", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("pages", { keyPath: "id", autoIncrement: true });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  const store = async (mode, act) => {
    const db = await opened;
    return new Promise((done, fail) => {
      const asked = act(db.transaction("pages", mode).objectStore("pages"));
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
  };
  const keep = ({ id, paper, blob, flaw, address, at }) => store("readwrite", pages => pages.put({ ...(id && { id }), paper, blob, flaw, address, at }));
  const drop = page => store("readwrite", pages => pages.delete(page.id));

  let waiting = [], arrived = 0, current = null, isPaused = false, clock = 0, begun = 0, before = 0, tries = 0;
  let silence = 0, patience = Number(set.silent) * 1000, pieceAt = 0, turn = 0;

  const small = async file => {
    if (file.type === "application/pdf") return { blob: file, flaw: "" };
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise(done => canvas.toBlob(done, "image/jpeg", QUALITY));
    return { blob, flaw: light(canvas) < DARK_BELOW ? "dark" : isBlurred(canvas) ? "unclear" : "" };
  };
  // As the server judges it: the light that nine tenths of the picture do not reach.
  const light = canvas => {
    const little = document.createElement("canvas"), pen = little.getContext("2d");
    little.width = little.height = 48;
    pen.drawImage(canvas, 0, 0, 48, 48);
    const dots = pen.getImageData(0, 0, 48, 48).data, greys = [];
    for (let at = 0; at < dots.length; at += 4) greys.push(0.299 * dots[at] + 0.587 * dots[at + 1] + 0.114 * dots[at + 2]);
    return greys.sort((one, other) => one - other)[Math.floor(greys.length * 0.9)];
  };

  // As the server judges it: of what differs over four points, how much differs over one.
  const isBlurred = canvas => {
    const scale = Math.min(1, JUDGED_SIDE / Math.max(canvas.width, canvas.height));
    const little = document.createElement("canvas"), pen = little.getContext("2d");
    const width = little.width = Math.round(canvas.width * scale), height = little.height = Math.round(canvas.height * scale);
    if (Math.min(width, height) <= TILES + FAR) return false;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(canvas, 0, 0, width, height);
    const dots = pen.getImageData(0, 0, width, height).data, greys = new Float32Array(width * height);
    for (let at = 0; at < greys.length; at += 1) greys[at] = 0.299 * dots[4 * at] + 0.587 * dots[4 * at + 1] + 0.114 * dots[4 * at + 2];
    const variance = (left, right, top, bottom, step) => {
      let sum = 0, squares = 0;
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) {
          const one = (greys[y * width + x] - greys[y * width + x + step]) / 2;
          sum += one;
          squares += one * one;
        }
      }
      const count = (right - left) * (bottom - top);
      return squares / count - (sum / count) ** 2;
    };
    // Where a page differs most it is written on; where least there is but the camera's own noise.
    const differences = (across, down) => {
      const wide = width - FAR * across, high = height - FAR * down, step = across + down * width, tiles = [];
      for (let at = 0; at < TILES * TILES; at += 1) {
        const [left, right] = [at % TILES, at % TILES + 1].map(one => Math.floor(wide * one / TILES));
        const [top, bottom] = [Math.floor(at / TILES), Math.floor(at / TILES) + 1].map(one => Math.floor(high * one / TILES));
        tiles.push([1, FAR].map(by => variance(left, right, top, bottom, by * step)));
      }
      const noise = [0, 1].map(of => Math.min(...tiles.map(tile => tile[of])));
      const written = tiles.sort((one, other) => other[1] - one[1]).slice(0, tiles.length / 4);
      return [0, 1].map(of => written.reduce((sum, tile) => sum + tile[of], 0) / written.length - noise[of]);
    };
    const found = [differences(1, 0), differences(0, 1)];
    return Math.max(...found.map(([, far]) => far)) > EDGES_MIN && found.some(([near, far]) => near < BLURRED_BELOW * far);
  };

  const draw = async page => {
    const item = document.createElement("li"), state = document.createElement("b");
    item.className = "pg";
    state.className = "pg-state";
    let shown = document.createElement("span");
    if (page.blob.type === "application/pdf") {
      shown.className = "pg-empty";
      shown.textContent = "PDF";
    } else {
      const picture = await createImageBitmap(page.blob, { resizeWidth: 120 });
      shown = document.createElement("canvas");
      [shown.width, shown.height] = [picture.width, picture.height];
      shown.getContext("2d").drawImage(picture, 0, 0);
    }
    item.append(shown, state);
    list.append(item);
    list.hidden = false;
    page.drawn = item;
  };
  const tell = (page, text, tone) => {
    page.drawn.className = `pg pg-${page.flaw && tone !== "problem" ? "attention" : tone}`;
    page.drawn.lastChild.textContent = page.flaw && tone === "done" ? words[page.flaw] : text;
  };
  const show = (isCut, why = "") => {
    const total = waiting.reduce((sum, page) => sum + page.blob.size, before);
    const done = waiting.reduce((sum, page) => sum + (page.sent || 0), before);
    box.hidden = !waiting.length;
    part("title").textContent = isCut || isPaused ? words.kept : words.sending;
    part("amount").textContent = say("amount", { done: kb(done), total: kb(total) });
    part("bar").setAttribute("width", `${total ? 100 * done / total : 0}%`);
    box.classList.toggle("is-kept", isCut || isPaused);
    const rate = begun && done > before ? done / (performance.now() - begun) : 0;
    const left = rate ? Math.max(5, 5 * Math.round((total - done) / rate / 5000)) : 0;
    part("said").textContent = why || (isCut ? say("left", { kb: kb(total - done), s: again() }) : left ? say("seconds", { s: left }) : words.close);
    part("pause").hidden = isCut;
    part("pause").lastChild.textContent = isPaused ? words.go_on : words.pause;
    part("again").hidden = !isCut;
    for (const page of waiting) {
      if (page === current && !isCut && !isPaused) tell(page, `${Math.floor(100 * (page.sent || 0) / page.blob.size)} %`, "now");
      else tell(page, words.waits, "now");
    }
  };

  const again = () => AGAIN_S[Math.min(tries, AGAIN_S.length - 1)];

  let loaded = null;
  const tus = () => loaded ||= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = set.tus;
    script.onload = () => done(window.tus);
    script.onerror = () => { loaded = null; script.remove(); fail(new Error("tus")); };
    document.head.append(script);
  });
  const free = () => { clearTimeout(silence); current = null; turn += 1; };
  // A line that a mast forgot says nothing for a quarter of an hour: who hears nothing asks anew, later each
  // time, so that one which is only slow is heard too.
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      patience = Math.min(2 * patience, PATIENCE_MAX_MS);
      current?.upload?.abort();
      loaded = window.tus ? loaded : null;
      cut();
    }, patience);
  };
  const cut = () => {
    free();
    clearTimeout(clock);
    show(true);
    clock = setTimeout(next, again() * 1000);
    tries += 1;
  };
  const refuse = async (page, answer) => {
    let why = words.refused;
    try { why = JSON.parse(answer.getBody()).detail || why; } catch { /* no answer of ours */ }
    await drop(page);
    waiting = waiting.filter(one => one !== page);
    tell(page, words.not_taken, "problem");
    const problem = document.querySelector("[data-problem]");
    problem.hidden = false;
    problem.querySelector("b").textContent = why;
    free();
    next();
  };
  const next = async () => {
    clearTimeout(clock);
    if (current || isPaused) return;
    if (!waiting.length) {
      if (arrived && document.querySelector("[data-problem]").hidden) location.replace(location.pathname);
      else box.hidden = true;
      return;
    }
    const page = current = waiting[0], mine = turn;
    let library;
    listen();
    try { library = await tus(); } catch { if (mine === turn) cut(); return; }
    if (mine !== turn) return;
    begun = pieceAt = performance.now();
    page.upload = new library.Upload(page.blob, {
      endpoint: set.papers,
      uploadUrl: page.address || null,
      chunkSize: Number(set.piece),
      metadata: { request: set.request, paper: set.paper },
      headers: { "X-Csrf-Token": form.elements._csrf_token.value },
      storeFingerprintForResuming: false,
      retryDelays: null, // said on the page, and tried again, by `cut`
      onUploadUrlAvailable: () => { page.address = page.upload.url; keep(page); },
      onChunkComplete: (_, sent) => {
        page.sent = sent;
        tries = 0;
        const now = performance.now();
        patience = Math.min(Math.max(Number(set.silent) * 1000, 4 * (now - pieceAt)), PATIENCE_MAX_MS);
        pieceAt = now;
        listen();
        show(false);
      },
      onProgress: sent => { page.sent = Math.max(page.sent || 0, sent); listen(); show(false); },
      onSuccess: async () => {
        clearTimeout(silence);
        await drop(page);
        before += page.blob.size;
        arrived += 1;
        waiting = waiting.filter(one => one !== page);
        tell(page, words.here, "done");
        free();
        show(false);
        next();
      },
      onError: fault => {
        const answer = fault.originalResponse, status = answer ? answer.getStatus() : 0;
        if (status === 404 && page.address) { page.address = ""; page.sent = 0; keep(page); free(); next(); }
        else if (status === 401) { free(); show(true, words.signed_out); }
        else if (status >= 400 && status < 500 && status !== 409 && status !== 429) refuse(page, answer);
        else cut();
      },
    });
    show(false);
    page.upload.start();
  };

  input.multiple = true;
  form.querySelector("[type=submit]").hidden = true;
  const take = async () => {
    const files = [...input.files], one = document.querySelector("[data-shrunk]"), flawed = document.querySelector("[data-flawed]");
    let was = 0, is = 0;
    for (const file of files) {
      try {
        const { blob, flaw } = await small(file);
        const page = { paper: location.pathname, blob, flaw, address: "", at: Date.now() };
        page.id = await keep(page);
        await draw(page);
        waiting.push(page);
        if (flaw) {
          flawed.hidden = false;
          flawed.querySelector("b").textContent = words[`${flaw}_title`];
          flawed.querySelector("p").textContent = words[`${flaw}_again`];
        }
        if (blob !== file) { was += file.size; is += blob.size; }
      } catch { // what this browser cannot open or keep, the form sends as it is
        const carried = new DataTransfer();
        carried.items.add(file);
        input.files = carried.files;
        form.requestSubmit();
        return;
      }
    }
    input.value = "";
    if (is && is < was) {
      one.hidden = false;
      one.querySelector("b").textContent = say("shrunk", { was: kb(was), kb: kb(is) });
    }
    show(false);
    next();
  };
  input.addEventListener("change", take);
  part("pause").addEventListener("click", () => {
    isPaused = !isPaused;
    if (isPaused && current) { current.upload?.abort(); free(); }
    show(false);
    if (!isPaused) next();
  });
  part("again").addEventListener("click", () => { tries = 0; next(); });
  window.addEventListener("online", () => next());

  (async () => {
    for (const page of await store("readonly", pages => pages.getAll())) {
      if (page.at < Date.now() - KEPT_MS) { await drop(page); continue; }
      if (page.paper !== location.pathname) continue;
      await draw(page);
      waiting.push(page);
    }
    if (waiting.length) { show(false); next(); }
    if (input.files.length) take(); // chosen before this script was there
  })();
})();
