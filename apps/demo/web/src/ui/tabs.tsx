import type { ReactNode } from "react"
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from "react-aria-components"

import "./tabs.css"

/** One tab and its content. */
export interface TabEntry {
  readonly id: string
  readonly label: ReactNode
  readonly content: ReactNode
}

interface TabsProps {
  /** Name of the group of tabs, for screen readers. */
  readonly label: string
  readonly tabs: readonly TabEntry[]
  readonly className?: string
}

/** Several views of one subject. Only the selected view is rendered. */
export function Tabs({ label, tabs, className = "" }: TabsProps) {
  return (
    <AriaTabs className={`tabs ${className}`}>
      <TabList className="tab-list" aria-label={label} items={tabs}>
        {(tab) => <Tab className="tab">{tab.label}</Tab>}
      </TabList>
      {tabs.map(({ id, content }) => (
        <TabPanel key={id} id={id} className="tab-panel">
          {content}
        </TabPanel>
      ))}
    </AriaTabs>
  )
}
