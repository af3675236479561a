import { mount } from 'svelte';
import Gate from './Gate.svelte';
import './base.css';

mount(Gate, { target: document.getElementById('app')! });
