import { readFile } from 'node:fs/promises';

/** A request that was begun; what was answered from a cache of the site is none. */
export interface NetRequest {
  url: string;
  /** Origin of the page or worker that began it; null if the browser did by itself, or its user. */
  initiator: string | null;
}

/** What a browser asked of the network: everything that any of its processes did, whoever in it began that. */
export interface NetLog {
  requests: NetRequest[];
  /** Names that were looked up. */
  hosts: string[];
}

interface LogFile {
  constants: { logEventTypes: Record<string, number> };
  events: { type: number; params?: { url?: string; initiator?: string; host?: string } }[];
}

/** Flags that have Chromium write down all that it does on the network. */
export function netLogFlags(file: string): string[] {
  return [`--log-net-log=${file}`, '--net-log-capture-mode=IncludeSensitive'];
}

/** Reads what a browser wrote; it must have been closed. */
export async function readNetLog(file: string): Promise<NetLog> {
  const { constants, events } = JSON.parse(await readFile(file, 'utf8')) as LogFile;
  const { URL_REQUEST_START_JOB: request, HOST_RESOLVER_MANAGER_REQUEST: lookup } = constants.logEventTypes;
  const requests = events.flatMap(({ type, params: { url, initiator = '' } = {} }) =>
    type === request && url !== undefined
      ? [{ url, initiator: URL.canParse(initiator) ? new URL(initiator).origin : null }]
      : [],
  );
  const hosts = events.flatMap(({ type, params }) => (type === lookup && params?.host ? [params.host] : []));
  return { requests, hosts: [...new Set(hosts)] };
}
