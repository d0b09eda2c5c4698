// Keeps the page current: every two seconds it takes the changed parts of a fresh copy.
const refresh = async () => {
  if (document.hidden) return;
  try {
    const fresh = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
    for (const part of ["header", "main"]) {
      const now = document.querySelector(part), next = fresh.querySelector(part);
      if (next && now.innerHTML !== next.innerHTML) now.replaceWith(document.adoptNode(next));
    }
  } catch {
    // The simulator is down; the next round tries again.
  }
};
setInterval(refresh, 2000);
