// A stand-in for `Worker` where pages are files: browsers start no workers there, and the search of the site is one.
// The script of the worker runs in a hidden frame, and its messages are passed on as events.
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.appendChild(frame)
      this.inner = frame.contentWindow
      const load = source =>
        new Promise((resolve, reject) => {
          const script = this.inner.document.createElement("script")
          script.src = source
          script.onload = resolve
          script.onerror = reject
          this.inner.document.body.appendChild(script)
        })
      this.inner.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }))
      this.inner.importScripts = (...sources) =>
        sources.reduce((loaded, source) => loaded.then(() => load(source)), Promise.resolve())
      this.ready = load(new URL(url, location.href).href)
    }

    postMessage(data) {
      this.ready.then(() => this.inner.dispatchEvent(new MessageEvent("message", { data })))
    }
  }
  window.Worker = window.IFrameWorker
}
