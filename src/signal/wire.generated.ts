// Made by scripts/generate-wire.mjs from proto/lifecircle/signalling/v1/signalling.proto. Do not edit.

/** A 64-bit number of the wire in two 32-bit halves. */
export interface Word64 {
  low: number;
  high: number;
  unsigned: boolean;
}

export interface Message {
  columnar?: ColumnarBatch | null;
  rows?: RowBatch | null;
  watermarkMs?: Word64 | null;
  closed: boolean;
}

export interface ColumnarBatch {
  count: number;
  baseMs: Word64;
  offsetMs: Uint8Array;
  subscriber: Uint8Array;
  cell: Uint8Array;
  kind: Uint8Array;
  cellLow: Uint8Array;
  cellHigh: Uint8Array;
  cellHighs: Uint8Array;
  plmn: Uint8Array;
  plmns: Uint8Array;
  tac: Uint8Array;
  tacs: Uint8Array;
  peerRow: Uint8Array;
  peer: Uint8Array;
}

export interface RowBatch {
  rows: Row[];
}

export interface Row {
  timeMs: Word64;
  subscriber: Word64;
  cell: string;
  kind: number;
  peer?: Word64 | null;
  tac?: number | null;
  homePlmn?: string | null;
}

export const WIRE_SCHEMA = {
  "nested": {
    "lifecircle": {
      "nested": {
        "signalling": {
          "nested": {
            "v1": {
              "nested": {
                "Message": {
                  "oneofs": {
                    "form": {
                      "oneof": [
                        "columnar",
                        "rows"
                      ]
                    },
                    "_watermarkMs": {
                      "oneof": [
                        "watermarkMs"
                      ]
                    }
                  },
                  "fields": {
                    "columnar": {
                      "type": "ColumnarBatch",
                      "id": 1
                    },
                    "rows": {
                      "type": "RowBatch",
                      "id": 2
                    },
                    "watermarkMs": {
                      "type": "int64",
                      "id": 3,
                      "protoName": "watermark_ms",
                      "options": {
                        "proto3_optional": true
                      }
                    },
                    "closed": {
                      "type": "bool",
                      "id": 4
                    }
                  }
                },
                "ColumnarBatch": {
                  "fields": {
                    "count": {
                      "type": "uint32",
                      "id": 1
                    },
                    "baseMs": {
                      "type": "int64",
                      "id": 2,
                      "protoName": "base_ms"
                    },
                    "offsetMs": {
                      "type": "bytes",
                      "id": 3,
                      "protoName": "offset_ms"
                    },
                    "subscriber": {
                      "type": "bytes",
                      "id": 4
                    },
                    "cell": {
                      "type": "bytes",
                      "id": 5
                    },
                    "kind": {
                      "type": "bytes",
                      "id": 6
                    },
                    "cellLow": {
                      "type": "bytes",
                      "id": 7,
                      "protoName": "cell_low"
                    },
                    "cellHigh": {
                      "type": "bytes",
                      "id": 8,
                      "protoName": "cell_high"
                    },
                    "cellHighs": {
                      "type": "bytes",
                      "id": 9,
                      "protoName": "cell_highs"
                    },
                    "plmn": {
                      "type": "bytes",
                      "id": 10
                    },
                    "plmns": {
                      "type": "bytes",
                      "id": 11
                    },
                    "tac": {
                      "type": "bytes",
                      "id": 12
                    },
                    "tacs": {
                      "type": "bytes",
                      "id": 13
                    },
                    "peerRow": {
                      "type": "bytes",
                      "id": 14,
                      "protoName": "peer_row"
                    },
                    "peer": {
                      "type": "bytes",
                      "id": 15
                    }
                  }
                },
                "RowBatch": {
                  "fields": {
                    "rows": {
                      "rule": "repeated",
                      "type": "Row",
                      "id": 1
                    }
                  }
                },
                "Row": {
                  "oneofs": {
                    "_peer": {
                      "oneof": [
                        "peer"
                      ]
                    },
                    "_tac": {
                      "oneof": [
                        "tac"
                      ]
                    },
                    "_homePlmn": {
                      "oneof": [
                        "homePlmn"
                      ]
                    }
                  },
                  "fields": {
                    "timeMs": {
                      "type": "int64",
                      "id": 1,
                      "protoName": "time_ms"
                    },
                    "subscriber": {
                      "type": "fixed64",
                      "id": 2
                    },
                    "cell": {
                      "type": "string",
                      "id": 3
                    },
                    "kind": {
                      "type": "Kind",
                      "id": 4
                    },
                    "peer": {
                      "type": "fixed64",
                      "id": 5,
                      "options": {
                        "proto3_optional": true
                      }
                    },
                    "tac": {
                      "type": "uint32",
                      "id": 6,
                      "options": {
                        "proto3_optional": true
                      }
                    },
                    "homePlmn": {
                      "type": "string",
                      "id": 7,
                      "protoName": "home_plmn",
                      "options": {
                        "proto3_optional": true
                      }
                    }
                  }
                },
                "Kind": {
                  "values": {
                    "KIND_UNSPECIFIED": 0,
                    "KIND_ATTACH": 1,
                    "KIND_DETACH": 2,
                    "KIND_TAU": 3,
                    "KIND_HANDOVER": 4,
                    "KIND_SERVICE": 5,
                    "KIND_CALL_OUT": 6,
                    "KIND_CALL_IN": 7,
                    "KIND_SMS_OUT": 8,
                    "KIND_SMS_IN": 9,
                    "KIND_DATA": 10
                  }
                }
              }
            }
          }
        }
      }
    }
  }
};
