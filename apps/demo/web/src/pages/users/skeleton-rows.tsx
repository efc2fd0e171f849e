import { pageSize } from "./use-user-page.ts"

const rows = Array.from({ length: pageSize }, (_, index) => index)
const oneLineCells = ["state", "role", "team", "last seen", "storage"]

/** The first page's place while it is on its way: what comes has the same size, so nothing moves. */
export function SkeletonRows() {
  return rows.map((row) => (
    <tr key={row} aria-hidden="true">
      <td>
        <span className="person">
          <span className="avatar" />
          <span className="person-text">
            <span className="skeleton skeleton-name" />
            <span className="skeleton skeleton-email" />
          </span>
        </span>
      </td>
      {oneLineCells.map((cell) => (
        <td key={cell}>
          <span className="skeleton" />
        </td>
      ))}
      <td />
    </tr>
  ))
}
