import { useState } from "react"

import { Segments } from "../ui/segments.tsx"

const themes = [
  { value: "system", label: "System", icon: "contrast" },
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
] as const
type Theme = (typeof themes)[number]["value"]

const key = "causeway-theme"

/** A choice between light, dark, and the system's theme. The browser stores it. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(startTheme)
  const choose = (chosen: Theme) => {
    setTheme(chosen)
    document.documentElement.dataset["theme"] = chosen
    localStorage.setItem(key, chosen)
  }
  return (
    <Segments className="theme-choice" label="Colours" hidesLabels choices={themes} value={theme} onChoose={choose} />
  )
}

/** The stored theme. public/theme.js has applied it before the first paint. */
function startTheme(): Theme {
  return themes.find(({ value }) => value === document.documentElement.dataset["theme"])?.value ?? "system"
}
