/** Paths of the icons, on a square of 24 units. They use the current colour. */
const paths = {
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm9 16-4-4",
  plus: "M12 5v14M5 12h14",
  edit: "M4 20h4L19 9l-4-4L4 16v4Zm9-13 4 4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  back: "m14 6-6 6 6 6",
  forward: "m10 6 6 6-6 6",
  pause: "M8 5v14M16 5v14",
  play: "M8 5.5v13l10-6.5-10-6.5Z",
  signIn: "M10 5h9v14h-9M4 12h10m-4-4 4 4-4 4",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  alert: "M12 4 2.8 20h18.4L12 4Zm0 6v4.5m0 2.7v.1",
  userPlus: "M10 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Zm-7 15c.7-4 3.4-6 7-6s6.3 2 7 6M19 8v6m-3-3h6",
  userMinus: "M10 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Zm-7 15c.7-4 3.4-6 7-6s6.3 2 7 6M16 11h6",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 4v4.5l3 2",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-5v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4m0-12.8L17 7M7 17l-1.4 1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
  contrast: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 0v16m0-12.5h6.6M12 12h8m-8 4.5h6.6",
  copy: "M9 9h11v11H9V9Zm-4 6H4V4h11v1",
  check: "m5 12.5 4.5 4.5L19 7.5",
  close: "m6 6 12 12M18 6 6 18",
  cut: "M4 12h5m6 0h5M10 8l4 8m0-8-4 8",
  undo: "M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3",
  calls: "M4 7h13m-4-4 4 4-4 4M20 17H7m4-4-4 4 4 4",
  faults: "M13 3 5 14h6l-1 7 8-11h-6l1-7Z",
  explorer: "M4 5h6v6H4V5Zm10 0h6v6h-6V5ZM4 15h6v5H4v-5Zm13-1v6m-3-3h6",
  bridge: "M4 18v-5a8 8 0 0 1 16 0v5M2.5 18h19M12 5v13M8 7v11m8-11v11",
  users:
    "M9 6a3 3 0 1 0 0 6 3 3 0 0 0 0-6Zm-6 13c.5-3.5 3-5 6-5s5.5 1.5 6 5M16 6.2a3 3 0 0 1 0 5.6m2 2.7c1.7.8 2.7 2.2 3 4.5",
} as const

/** The name of an icon. */
export type IconName = keyof typeof paths

/** A decorative icon beside a text. Screen readers skip it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
